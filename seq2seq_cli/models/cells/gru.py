"""The gated recurrent unit: the equations, and their gradients."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from seq2seq_cli.models.cells.cell import Cell, LayerState
from seq2seq_cli.models.cells.sweep import lowered, sigmoid_backward, states_before, steps_of, tanh_backward


class GRUGates(NamedTuple):
    """The gates of one step, after their nonlinearities; each (batch, hidden)."""

    reset: Tensor
    update: Tensor
    candidate: Tensor


class GRUCell(Cell):
    """Gated recurrent unit.

        r = σ(W_r x + U_r h + b_r)                    reset: how much of the old state the candidate sees
        z = σ(W_z x + U_z h + b_z)                    update: how much of the old state stays
        n = tanh(W_n x + b_n + r ⊙ (U_n h + c))       the candidate
        h' = z ⊙ h + (1 - z) ⊙ n

    Cho et al. 2014, section 2.3, where the candidate is tanh(W x + U (r ⊙ h)): the reset gate comes before
    the product. Here it comes after, the form of cuDNN and of torch.nn.GRU: then U_r h, U_z h and U_n h are
    one product, where the paper's form has to wait for r before it can begin the third, and torch's own
    kernels compute the same numbers. The three matrices are in the order r, z, n.

    Args:
        input_size: width of x.
        hidden_size: width of h.
    """

    state_parts = ("hidden",)
    gate_count = 3
    torchs_kernel = staticmethod(torch.gru)

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        bound = 1 / math.sqrt(hidden_size)
        self.bias_hidden = nn.Parameter(torch.empty(hidden_size).uniform_(-bound, bound))  # c

    def gates(self, projected: Tensor, state: LayerState) -> GRUGates:
        """Return the gates of one step from W x + b, (batch, 3 * hidden), and the state before it."""
        r_input, z_input, n_input = projected.chunk(3, dim=1)
        r_hidden, z_hidden, n_hidden = (state[0] @ self.weight_hidden.t()).chunk(3, dim=1)
        r = (r_input + r_hidden).sigmoid()
        z = (z_input + z_hidden).sigmoid()
        return GRUGates(r, z, (n_input + r * (n_hidden + self.bias_hidden)).tanh())

    def advance(self, projected: Tensor, state: LayerState) -> LayerState:
        """Return the state after one step, from W x + b and the state before it."""
        _, z, n = self.gates(projected, state)
        return (z * state[0] + (1 - z) * n,)  # (batch, hidden)

    def unroll(self, rows: Tensor, sizes: Sequence[int], state: LayerState) -> LayerState:
        """Take all steps of packed sentences; h after every token."""
        (hidden,) = state
        parameters = self.weight_input, self.weight_hidden, self.bias, self.bias_hidden
        hiddens = GRUSweep.apply(  # type: ignore[no-untyped-call]
            *lowered(rows, *parameters, hidden), tuple(sizes)
        )
        return (hiddens,)

    def second_bias(self) -> Tensor:
        """Return the bias that torch.gru has beside U h, of which we have the candidate's part, c, alone."""
        return nn.functional.pad(self.bias_hidden, (2 * self.hidden_size, 0))


class GRUSweep(torch.autograd.Function):
    """All steps of a GRU over packed sentences, and back-propagation through time.

    Write a for a gate before its nonlinearity, q = U_n h + c for what the reset gate meets, δz for the
    gradient of the loss in z, and go through the steps from the last to the first. To δh', from where h' is
    used above, the next step adds

        δh' += z ⊙ δh' of the next step + U^T [δa_r ; δa_z ; δq] of the next step

    From h' = z ⊙ h + (1 - z) ⊙ n and n = tanh(W_n x + b_n + r ⊙ q), by the chain rule,

        δa_z = δh' ⊙ (h - n) ⊙ z (1 - z)
        δa_n = δh' ⊙ (1 - z) ⊙ (1 - n²)
        δa_r = δa_n ⊙ q ⊙ r (1 - r)
        δq   = δa_n ⊙ r

    Each line is δh' times something that is known once the forward pass is over, computed for all steps at
    once; the loop multiplies. With every δ there, each parameter takes one product over all tokens of all
    sentences:

        δx = W^T [δa_r ; δa_z ; δa_n]      δW = Σ [δa_r ; δa_z ; δa_n] x^T      δb = Σ [δa_r ; δa_z ; δa_n]
        δU = Σ [δa_r ; δa_z ; δq] h^T      δc = Σ δq
    """

    @staticmethod
    def forward(
        ctx: Any,
        rows: Tensor,
        weight_input: Tensor,
        weight_hidden: Tensor,
        bias: Tensor,
        bias_hidden: Tensor,
        hidden: Tensor,
        sizes: tuple[int, ...],
    ) -> Tensor:
        """Return h after every token, (tokens, hidden)."""
        size = weight_hidden.shape[1]
        gates = torch.addmm(bias, rows, weight_input.t())  # (tokens, 3 * hidden): W x + b
        hiddens, met = (gates.new_empty(len(gates), size) for _ in range(2))  # h', q
        product = gates.new_empty(sizes[0], 3 * size)
        h = hidden
        steps = (steps_of(tensor, sizes) for tensor in (gates, hiddens, met))
        for a, h_after, q in zip(*steps, strict=True):
            h = h[: len(a)]
            uh = product[: len(a)]
            torch.mm(h, weight_hidden.t(), out=uh)
            a[:, : 2 * size].add_(uh[:, : 2 * size]).sigmoid_()
            r, z, n = a.chunk(3, dim=1)
            torch.add(uh[:, 2 * size :], bias_hidden, out=q)
            n.addcmul_(r, q).tanh_()
            torch.lerp(n, h, z, out=h_after)
            h = h_after
        ctx.save_for_backward(rows, weight_input, weight_hidden, hidden, gates, hiddens, met)
        ctx.sizes = sizes
        return hiddens

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_hiddens: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients in the arguments of `forward`."""
        rows, weight_input, weight_hidden, hidden, gates, hiddens, met = ctx.saved_tensors
        sizes: tuple[int, ...] = ctx.sizes
        r, z, n = gates.chunk(3, dim=1)
        before = states_before(hiddens, sizes, hidden)
        d_gates = torch.empty_like(gates)  # first the factors of δh', then δa_r, δa_z and δq
        d_r, d_z, d_q = d_gates.chunk(3, dim=1)
        to_n = tanh_backward(1 - z, n, out=torch.empty_like(hiddens))  # δh' -> δa_n
        sigmoid_backward(met, r, out=d_r).mul_(to_n)
        sigmoid_backward(before - n, z, out=d_z)
        torch.mul(to_n, r, out=d_q)

        d_after = d_hiddens.clone()  # δh', (tokens, hidden)
        d_steps, z_steps, dh_steps = (steps_of(tensor, sizes) for tensor in (d_gates, z, d_after))
        d_hidden = None
        for t in reversed(range(len(sizes))):
            dh = dh_steps[t]
            d_steps[t].view(len(dh), 3, -1).mul_(dh.unsqueeze(1))
            if t:
                to_before = dh_steps[t - 1][: len(dh)]
                to_before.addcmul_(dh, z_steps[t]).addmm_(d_steps[t], weight_hidden)
            elif ctx.needs_input_grad[5]:
                d_hidden = torch.addmm(dh * z_steps[0], d_steps[0], weight_hidden)
        d_weight_hidden = torch.mm(d_gates.t(), before)
        d_bias_hidden = d_q.sum(0)
        torch.mul(d_after, to_n, out=d_q)  # δa_n takes the place of δq
        return (
            torch.mm(d_gates, weight_input) if ctx.needs_input_grad[0] else None,
            torch.mm(d_gates.t(), rows),
            d_weight_hidden,
            d_gates.sum(0),
            d_bias_hidden,
            d_hidden,
            None,
        )
