"""The gated recurrent unit: the equations, and their gradients."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from seq2seq_cli.models.cells.cell import Cell
from seq2seq_cli.models.cells.trace import LayerState, Trace, sigmoid_backward, tanh_backward
from seq2seq_cli.models.steps import Steps


class GRUGates(NamedTuple):
    """The gates of one step, after their nonlinearities; each (batch, hidden)."""

    reset: Tensor
    update: Tensor
    candidate: Tensor


class GRUTrace(Trace):
    """The steps of a GRU, and back-propagation through time.

    Write a for a gate before its nonlinearity, q = U_n h + c for what the reset gate meets, δz for the
    gradient of the loss in z, and go through the steps from the last to the first. From
    h' = z ⊙ h + (1 - z) ⊙ n and n = tanh(W_n x + b_n + r ⊙ q), by the chain rule,

        δa_z = δh' ⊙ (h - n) ⊙ z (1 - z)
        δa_n = δh' ⊙ (1 - z) ⊙ (1 - n²)
        δa_r = δa_n ⊙ q ⊙ r (1 - r)
        δq   = δa_n ⊙ r
        δx   = W^T [δa_r ; δa_z ; δa_n]
        δh   = z ⊙ δh' + U^T [δa_r ; δa_z ; δq]

    and with all of them there,

        δW = Σ [δa_r ; δa_z ; δa_n] x^T      δb = Σ [δa_r ; δa_z ; δa_n]
        δU = Σ [δa_r ; δa_z ; δq] h^T        δc = Σ δq
    """

    state_parts = 1
    parameter_count = 4

    def make_room(self, *parameters: Tensor) -> None:
        """Make room for the gates, and for q."""
        self.bias_hidden = parameters[3].unsqueeze(-2)
        self.gates, self.met = self.room(self.gate_count), self.room(1)

    def advance(self, t: int, before: LayerState, after: LayerState) -> None:
        """Take step t, from `read` and `sums`, and write the state after it."""
        (h,), gates, (q,) = before, self.gates[t], self.met[t]
        of_found = self.weight[..., self.of_found].mT
        gates.copy_(self.apart(self.read.plus_product(self.sums, t, of_found, self.of_found)))
        uh = self.apart(self.read.times(t, self.weight[..., self.of_hidden].mT, self.of_hidden))
        r, z, n = gates.unbind()
        gates[:2].add_(uh[:2]).sigmoid_()
        torch.add(uh[2], self.bias_hidden, out=q)
        n.addcmul_(r, q).tanh_()
        torch.lerp(n, h, z, out=after[0])

    def turn(self) -> None:
        """Begin the way back: make room for δa and for [δa_r ; δa_z ; δq]."""
        super().turn()
        width = self.d_gates.rows.shape[-1]
        self.d_met = Steps(self.sizes, width, self.hiddens, self.read.precision)
        self._d_bias_hidden = torch.zeros_like(self.bias_hidden.squeeze(-2))

    def backward(self, t: int, d_state: LayerState, d_found: Tensor) -> None:
        """Go back over step t."""
        (dh,), (h,), (q,), d = d_state, self.before(t), self.met[t], self.d(t)
        r, z, n = self.gates[t].unbind()
        d_r, d_z, d_n = d.unbind()
        tanh_backward(1 - z, n, out=d_n).mul_(dh)
        sigmoid_backward(q, r, out=d_r).mul_(d_n)
        sigmoid_backward(h - n, z, out=d_z).mul_(dh)
        self.keep(t)
        d_n.mul_(r)
        self._d_bias_hidden.add_(d_n.sum(-2))
        self.apart(self.d_met[t]).copy_(d)
        if d_found.shape[-1]:
            d_found.copy_(self.d_gates.times(t, self.weight[..., self.of_found]))
        dh.mul_(z).add_(self.d_met.times(t, self.weight[..., self.of_hidden]))

    def d_parameters(self) -> tuple[Tensor, ...]:
        """Return the gradients in W, b, U and c."""
        d_weight = self.d_weight(self.read.gradient(self.d_gates, self.of_found))
        d_weight_hidden = self.read.gradient(self.d_met, self.of_hidden).to(d_weight.dtype)
        return d_weight, self.d_bias(), d_weight_hidden, self._d_bias_hidden


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
    trace = GRUTrace
    torchs_kernel = staticmethod(torch.gru)

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        bound = 1 / math.sqrt(hidden_size)
        self.bias_hidden = nn.Parameter(torch.empty(hidden_size).uniform_(-bound, bound))  # c

    def gates(self, projected: Tensor, state: LayerState) -> GRUGates:
        """Return the gates of one step from W x + b, (batch, 3 * hidden), and the state before it."""
        return self._gates(projected, self.meet(state[0]))

    def combine(self, projected: Tensor, met: Tensor, state: LayerState) -> LayerState:
        """Return the state after a step, from W x + b, U h and the state before."""
        _, z, n = self._gates(projected, met)
        return (z * state[0] + (1 - z) * n,)  # (batch, hidden)

    def _gates(self, projected: Tensor, met: Tensor) -> GRUGates:
        """Return the gates of W x + b and U h, (batch, 3 * hidden) each."""
        r_input, z_input, n_input = projected.chunk(3, dim=1)
        r_hidden, z_hidden, n_hidden = met.chunk(3, dim=1)
        r = (r_input + r_hidden).sigmoid()
        z = (z_input + z_hidden).sigmoid()
        return GRUGates(r, z, (n_input + r * (n_hidden + self.bias_hidden)).tanh())

    def trace_parameters(self) -> tuple[Tensor, ...]:
        """Return W, b, U and c."""
        return *super().trace_parameters(), self.bias_hidden

    def second_bias(self) -> Tensor:
        """Return the bias that torch.gru has beside U h, of which we have the candidate's part, c, alone."""
        return nn.functional.pad(self.bias_hidden, (2 * self.hidden_size, 0))
