"""Long short-term memory: the equations, and their gradients."""

from typing import NamedTuple

import torch
from torch import Tensor

from seq2seq_cli.models.cells.cell import Cell
from seq2seq_cli.models.cells.trace import LayerState, Trace, sigmoid_backward, tanh_backward


class LSTMGates(NamedTuple):
    """The gates of one step, after their nonlinearities; each (batch, hidden)."""

    input: Tensor
    forget: Tensor
    candidate: Tensor
    output: Tensor


class LSTMTrace(Trace):
    """The steps of an LSTM, and back-propagation through time.

    Write a for a gate before its nonlinearity (a_i = W_i x + U_i h + b_i, ...), δz for the gradient of the
    loss in z, and go through the steps from the last to the first. h' and c' are used above, where their
    gradients δh' and δc' come from, and in the next step, which adds its own. From h' = o ⊙ tanh(c') and
    c' = f ⊙ c + i ⊙ g, by the chain rule,

        δc' += δh' ⊙ o ⊙ (1 - tanh²(c'))
        δa_o = δh' ⊙ tanh(c') ⊙ o (1 - o)
        δa_i = δc' ⊙ g ⊙ i (1 - i)
        δa_f = δc' ⊙ c ⊙ f (1 - f)
        δa_g = δc' ⊙ i ⊙ (1 - g²)
        δx   = W^T δa
        δh   = U^T δa
        δc   = f ⊙ δc'

    With every δa there, δW = Σ δa x^T, δU = Σ δa h^T and δb = Σ δa.

    (Hochreiter & Schmidhuber 1997, appendix A, untruncated, as in Graves & Schmidhuber 2005, appendix A.)
    """

    state_parts = 2

    def advance(self, t: int, before: LayerState, after: LayerState) -> None:
        """Take step t, from `read`, and write the state after it."""
        (_, c), (h_after, c_after) = before, after
        size = c.shape[1]
        a = self.preactivations(t)
        a[:, : 2 * size].sigmoid_()
        i, f, g, o = a.chunk(4, dim=1)
        g.tanh_()
        o.sigmoid_()
        torch.mul(f, c, out=c_after).addcmul_(i, g)
        torch.tanh(c_after, out=h_after).mul_(o)
        self.keep(self.gates, t, a)

    def retreat(
        self, t: int, before: LayerState, after: LayerState, d_state: LayerState, d_input: Tensor
    ) -> None:
        """Go back over step t."""
        (_, c), (_, c_after), (dh, dc) = before, after, d_state
        i, f, g, o = self.gates[t].to(dh.dtype).chunk(4, dim=1)
        d = self.work(self.d_gates, t)
        d_i, d_f, d_g, d_o = d.chunk(4, dim=1)
        shown = c_after.tanh()
        sigmoid_backward(dh * shown, o, out=d_o)
        dh.mul_(o)
        dc.add_(tanh_backward(dh, shown, out=dh))
        sigmoid_backward(dc * g, i, out=d_i)
        sigmoid_backward(dc * c, f, out=d_f)
        tanh_backward(dc * i, g, out=d_g)
        dc.mul_(f)
        self.keep(self.d_gates, t, d)
        d_read = self.d_gates.times(t, self.weight)
        d_input.copy_(d_read[:, self.of_input])
        dh.copy_(d_read[:, self.of_hidden])


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
    trace = LSTMTrace
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

    def holding(self) -> Tensor:
        """Return what to add to W x + b so that a step keeps the cell as it is: f = 1 and i = 0, exactly.

        σ(±10⁴) is 1 or 0 to the last bit in every floating-point type, and so is its gradient 0.
        """
        gain = self.bias.new_zeros(4, self.hidden_size)
        gain[0] = -1e4
        gain[1] = 1e4
        return gain.flatten()  # (4 * hidden,)
