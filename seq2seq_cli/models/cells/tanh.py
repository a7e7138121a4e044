"""The simple recurrent network: the equation, and its gradients."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seq2seq_cli.models.cells.cell import Cell, LayerState
from seq2seq_cli.models.cells.sweep import lowered, states_before, steps_of


class TanhCell(Cell):
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
    torchs_kernel = staticmethod(torch.rnn_tanh)

    def advance(self, projected: Tensor, state: LayerState) -> LayerState:
        """Return the state after one step, from W x + b and the state before it."""
        return (torch.addmm(projected, state[0], self.weight_hidden.t()).tanh(),)  # (batch, hidden)

    def unroll(self, rows: Tensor, sizes: Sequence[int], state: LayerState) -> LayerState:
        """Take all steps of packed sentences; h after every token."""
        (hidden,) = state
        parameters = self.weight_input, self.weight_hidden, self.bias
        hiddens = TanhSweep.apply(  # type: ignore[no-untyped-call]
            *lowered(rows, *parameters, hidden), tuple(sizes)
        )
        return (hiddens,)


class TanhSweep(torch.autograd.Function):
    """All steps of a simple recurrent network over packed sentences, and back-propagation through time.

    With a = W x + U h + b and δz for the gradient of the loss in z, from the last step to the first: to δh',
    from where h' is used above, the next step adds

        δh' += U^T δa of the next step

    and tanh takes its share, δa = δh' ⊙ (1 - h'²). Then each parameter takes one product over all tokens:

        δx = W^T δa      δW = Σ δa x^T      δU = Σ δa h^T      δb = Σ δa

    (Werbos 1990.)
    """

    @staticmethod
    def forward(
        ctx: Any,
        rows: Tensor,
        weight_input: Tensor,
        weight_hidden: Tensor,
        bias: Tensor,
        hidden: Tensor,
        sizes: tuple[int, ...],
    ) -> Tensor:
        """Return h after every token, (tokens, hidden)."""
        hiddens = torch.addmm(bias, rows, weight_input.t())  # (tokens, hidden): W x + b, and then h'
        h = hidden
        for a in steps_of(hiddens, sizes):
            h = a.addmm_(h[: len(a)], weight_hidden.t()).tanh_()
        ctx.save_for_backward(rows, weight_input, weight_hidden, hidden, hiddens)
        ctx.sizes = sizes
        return hiddens

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_hiddens: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients in the arguments of `forward`."""
        rows, weight_input, weight_hidden, hidden, hiddens = ctx.saved_tensors
        sizes: tuple[int, ...] = ctx.sizes
        d_before_tanh = d_hiddens.clone()  # first δh', then δa
        slopes = torch.addcmul(torch.ones_like(hiddens), hiddens, hiddens, value=-1)  # 1 - h'²
        d_steps, slope_steps = steps_of(d_before_tanh, sizes), steps_of(slopes, sizes)
        for t in reversed(range(len(sizes))):
            d = d_steps[t].mul_(slope_steps[t])
            if t:
                d_steps[t - 1][: len(d)].addmm_(d, weight_hidden)
        return (
            torch.mm(d_before_tanh, weight_input) if ctx.needs_input_grad[0] else None,
            torch.mm(d_before_tanh.t(), rows),
            torch.mm(d_before_tanh.t(), states_before(hiddens, sizes, hidden)),
            d_before_tanh.sum(0),
            torch.mm(d_steps[0], weight_hidden) if ctx.needs_input_grad[4] else None,
            None,
        )
