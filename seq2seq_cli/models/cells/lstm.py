"""Long short-term memory: the equations, and their gradients."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seq2seq_cli.models.cells.cell import Cell, LayerState
from seq2seq_cli.models.cells.sweep import lowered, sigmoid_backward, states_before, steps_of, tanh_backward


class LSTMGates(NamedTuple):
    """The gates of one step, after their nonlinearities; each (batch, hidden)."""

    input: Tensor
    forget: Tensor
    candidate: Tensor
    output: Tensor


class LSTMCell(Cell):
    """Long short-term memory with forget gates.

        i = σ(W_i x + U_i h + b_i)         how much of the candidate comes in
        f = σ(W_f x + U_f h + b_f)         how much of the old cell stays
        g = tanh(W_g x + U_g h + b_g)      the candidate
        o = σ(W_o x + U_o h + b_o)         how much of the cell shows
        c' = f ⊙ c + i ⊙ g
        h' = o ⊙ tanh(c')

    Hochreiter & Schmidhuber 1997; the forget gate f is from Gers, Schmidhuber & Cummins 2000. Its bias starts
    at 1, for what Jozefowicz, Zaremba & Sutskever 2015 found. The four matrices are in the order i, f, g, o.

    Args:
        input_size: width of x.
        hidden_size: width of h and c.
    """

    state_parts = ("hidden", "cell")
    gate_count = 4
    torchs_kernel = staticmethod(torch.lstm)

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        with torch.no_grad():
            self.bias[hidden_size : 2 * hidden_size] = 1  # remember, until told to forget

    def gates(self, projected: Tensor, state: LayerState) -> LSTMGates:
        """Return the gates of one step from W x + b, (batch, 4 * hidden), and the state before it."""
        hidden, _ = state
        i, f, g, o = torch.addmm(projected, hidden, self.weight_hidden.t()).chunk(4, dim=1)
        return LSTMGates(i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid())

    def advance(self, projected: Tensor, state: LayerState) -> LayerState:
        """Return the state after one step, from W x + b and the state before it."""
        i, f, g, o = self.gates(projected, state)
        cell = f * state[1] + i * g  # (batch, hidden)
        return o * cell.tanh(), cell

    def unroll(self, rows: Tensor, sizes: Sequence[int], state: LayerState) -> LayerState:
        """Take all steps of packed sentences; h and c after every token."""
        hidden, cell = state
        parameters = self.weight_input, self.weight_hidden, self.bias
        hiddens, cells = LSTMSweep.apply(  # type: ignore[no-untyped-call]
            *lowered(rows, *parameters, hidden, cell), tuple(sizes)
        )
        return hiddens, cells

    def holding(self) -> Tensor:
        """Return what to add to W x + b so that a step keeps the cell as it is: f = 1 and i = 0, exactly.

        σ(±10⁴) is 1 or 0 to the last bit in every floating-point type, and so is its gradient 0.
        """
        gain = self.bias.new_zeros(4, self.hidden_size)
        gain[0] = -1e4
        gain[1] = 1e4
        return gain.flatten()  # (4 * hidden,)


class LSTMSweep(torch.autograd.Function):
    """All steps of an LSTM over packed sentences, and back-propagation through time.

    Write a for a gate before its nonlinearity (a_i = W_i x + U_i h + b_i, ...), δz for the gradient of the
    loss in z, and go through the steps from the last to the first. h' and c' are used above, where their
    gradients δh' and δc' come from, and in the next step, which adds its own:

        δh' += U^T δa of the next step           δc' += f of the next step ⊙ δc' of the next step

    From h' = o ⊙ tanh(c') and c' = f ⊙ c + i ⊙ g, by the chain rule,

        δc' += δh' ⊙ o ⊙ (1 - tanh²(c'))
        δa_o = δh' ⊙ tanh(c') ⊙ o (1 - o)
        δa_i = δc' ⊙ g ⊙ i (1 - i)
        δa_f = δc' ⊙ c ⊙ f (1 - f)
        δa_g = δc' ⊙ i ⊙ (1 - g²)

    What stands to the right of δh' or δc' in each line is known once the forward pass is over: it is
    computed for all steps at once, and the loop multiplies. With every δa there, each parameter takes one
    product over all tokens of all sentences, not one a step:

        δx = W^T δa      δW = Σ δa x^T      δU = Σ δa h^T      δb = Σ δa

    (Hochreiter & Schmidhuber 1997, appendix A, untruncated, as in Graves & Schmidhuber 2005, appendix A.)
    """

    @staticmethod
    def forward(
        ctx: Any,
        rows: Tensor,
        weight_input: Tensor,
        weight_hidden: Tensor,
        bias: Tensor,
        hidden: Tensor,
        cell: Tensor,
        sizes: tuple[int, ...],
    ) -> tuple[Tensor, Tensor]:
        """Return h and c after every token, each (tokens, hidden)."""
        size = weight_hidden.shape[1]
        gates = torch.addmm(bias, rows, weight_input.t())  # (tokens, 4 * hidden): W x + b
        hiddens, cells, shown = (gates.new_empty(len(gates), size) for _ in range(3))  # h', c', tanh(c')
        h, c = hidden, cell
        steps = (steps_of(tensor, sizes) for tensor in (gates, hiddens, cells, shown))
        for a, h_after, c_after, tanh_c in zip(*steps, strict=True):
            h, c = h[: len(a)], c[: len(a)]
            a.addmm_(h, weight_hidden.t())
            a[:, : 2 * size].sigmoid_()
            i, f, g, o = a.chunk(4, dim=1)
            g.tanh_()
            o.sigmoid_()
            torch.mul(f, c, out=c_after).addcmul_(i, g)
            torch.tanh(c_after, out=tanh_c)
            torch.mul(o, tanh_c, out=h_after)
            h, c = h_after, c_after
        ctx.save_for_backward(rows, weight_input, weight_hidden, hidden, cell, gates, hiddens, cells, shown)
        ctx.sizes = sizes
        return hiddens, cells

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_hiddens: Tensor, d_cells: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients in the arguments of `forward`."""
        rows, weight_input, weight_hidden, hidden, cell, gates, hiddens, cells, shown = ctx.saved_tensors
        sizes: tuple[int, ...] = ctx.sizes
        size = weight_hidden.shape[1]
        i, f, g, o = gates.chunk(4, dim=1)
        d_gates = torch.empty_like(gates)  # first the factors of δc' and δh', then δa
        d_i, d_f, d_g, d_o = d_gates.chunk(4, dim=1)
        sigmoid_backward(g, i, out=d_i)
        sigmoid_backward(states_before(cells, sizes, cell), f, out=d_f)
        tanh_backward(i, g, out=d_g)
        sigmoid_backward(shown, o, out=d_o)
        to_cell = tanh_backward(o, shown, out=torch.empty_like(o))  # δh' -> δc'

        d_hiddens, d_cells = d_hiddens.clone(), d_cells.clone()  # δh' and δc', (tokens, hidden)
        tensors = (d_gates, f, to_cell, d_hiddens, d_cells)
        d_steps, f_steps, to_cell_steps, dh_steps, dc_steps = (steps_of(tensor, sizes) for tensor in tensors)
        for t in reversed(range(len(sizes))):
            d, dh, dc = d_steps[t], dh_steps[t], dc_steps[t]
            dc.addcmul_(dh, to_cell_steps[t])
            d[:, : 3 * size].view(-1, 3, size).mul_(dc.unsqueeze(1))
            d[:, 3 * size :].mul_(dh)
            if t:  # on to the step before, which had these sentences first
                dh_steps[t - 1][: len(d)].addmm_(d, weight_hidden)
                dc_steps[t - 1][: len(d)].addcmul_(dc, f_steps[t])
        return (
            torch.mm(d_gates, weight_input) if ctx.needs_input_grad[0] else None,
            torch.mm(d_gates.t(), rows),
            torch.mm(d_gates.t(), states_before(hiddens, sizes, hidden)),
            d_gates.sum(0),
            torch.mm(d_steps[0], weight_hidden) if ctx.needs_input_grad[4] else None,
            dc_steps[0] * f_steps[0] if ctx.needs_input_grad[5] else None,
            None,
        )
