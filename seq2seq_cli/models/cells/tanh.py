"""The simple recurrent network: the equation, and its gradients."""

import torch
from torch import Tensor

from seq2seq_cli.models.cells.summing import SummingCell
from seq2seq_cli.models.cells.trace import LayerState, Trace, tanh_backward


class TanhTrace(Trace):
    """The steps of a simple recurrent network, and back-propagation through time.

    With a = W x + U h + b and δz for the gradient of the loss in z, from the last step to the first,

        δa = δh' ⊙ (1 - h'²)
        δx = W^T δa
        δh = U^T δa

    and δW = Σ δa x^T, δU = Σ δa h^T, δb = Σ δa (Werbos 1990).
    """

    state_parts = 1

    def advance(self, t: int, before: LayerState, after: LayerState) -> None:
        """Take step t, from `read` and `sums`, and write the state after it."""
        after[0].copy_(self.read.plus_product(self.sums, t, self.weight.mT)).tanh_()

    def backward(self, t: int, d_state: LayerState, d_found: Tensor) -> None:
        """Go back over step t."""
        (dh,) = d_state
        tanh_backward(dh, self.after(t)[0], out=self.d(t)[0])
        self.hand_back(t, dh, d_found)


class TanhCell(SummingCell):
    """Simple recurrent network.

        h' = tanh(W x + U h + b)

    Elman 1990. No gate protects the state, so that what was read some ten words ago is hard to keep (Bengio,
    Simard & Frasconi 1994): it is here to compare with.

    Args:
        input_size: width of x.
        hidden_size: width of h.
    """

    state_parts = ("hidden",)
    gate_count = 1
    trace = TanhTrace
    torchs_kernel = staticmethod(torch.rnn_tanh)

    def after(self, a: Tensor, state: LayerState) -> LayerState:
        """Return the state after a step, from a = W x + U h + b and the state before."""
        return (a.tanh(),)  # (batch, hidden)
