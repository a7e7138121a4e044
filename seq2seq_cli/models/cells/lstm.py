"""Long short-term memory: the equations, and their gradients."""

from typing import NamedTuple

import torch
from torch import Tensor

from seq2seq_cli.models.cells.summing import SummingCell
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

    def make_room(self, *parameters: Tensor) -> None:
        """Make room for the gates."""
        self.gates = self.room(self.gate_count)

    def advance(self, t: int, before: LayerState, after: LayerState) -> None:
        """Take step t, from `read` and `sums`, and write the state after it."""
        (_, c), (h_after, c_after), gates = before, after, self.gates[t]
        gates.copy_(self.apart(self.read.plus_product(self.sums, t, self.weight.mT)))
        i, f, g, o = gates.unbind()
        gates[:2].sigmoid_()
        g.tanh_()
        o.sigmoid_()
        torch.mul(f, c, out=c_after).addcmul_(i, g)
        torch.tanh(c_after, out=h_after).mul_(o)

    def backward(self, t: int, d_state: LayerState, d_found: Tensor) -> None:
        """Go back over step t."""
        (dh, dc), (_, c), (_, c_after), d = d_state, self.before(t), self.after(t), self.d(t)
        i, f, g, o = self.gates[t].unbind()
        d_i, d_f, d_g, d_o = d.unbind()
        shown = c_after.tanh()
        sigmoid_backward(shown, o, out=d_o).mul_(dh)
        dc.addcmul_(dh, tanh_backward(o, shown, out=shown))
        sigmoid_backward(g, i, out=d_i)
        sigmoid_backward(c, f, out=d_f)
        tanh_backward(i, g, out=d_g)
        d[:3].mul_(dc)
        self.hand_back(t, dh, d_found)
        dc.mul_(f)


class LSTMCell(SummingCell):
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
        return _gates(projected + self.meet(state[0]))

    def after(self, a: Tensor, state: LayerState) -> LayerState:
        """Return the state after a step, from a = W x + U h + b and the state before."""
        i, f, g, o = _gates(a)
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


def _gates(a: Tensor) -> LSTMGates:
    """Return the gates of W x + U h + b, (batch, 4 * hidden)."""
    i, f, g, o = a.chunk(4, dim=1)
    return LSTMGates(i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid())
