"""The readouts of a decoder's state and context, step after step, there and back."""

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_cli.models.cells.trace import tanh_backward
from seq2seq_cli.models.steps import Steps, steps_of


class ReadOut:
    """õ = tanh(W [s ; c] + b) of every step, or s itself where the decoder has no such layer.

    Args:
        sizes: how many sentences take each step; falls.
        precision: of the factors of matrix products.
        hiddens: where s of every token will lie, (tokens, hidden).
        parameters: W and b, or none.
    """

    def __init__(
        self, sizes: Sequence[int], precision: torch.dtype, hiddens: Tensor, parameters: Sequence[Tensor]
    ) -> None:
        self.sizes = sizes
        self.precision = precision
        self.hidden_size = hiddens.shape[1]
        self.parameters = parameters
        if parameters:
            weight, self.bias = parameters
            self.weight = weight.to(precision)
            self.joined = Steps(sizes, weight.shape[1], hiddens, precision)  # [s ; c]
            hiddens = hiddens.new_empty(len(hiddens), len(weight))
        self.readouts = hiddens
        self.steps = steps_of(hiddens, sizes)

    def forward(self, t: int, hidden: Tensor, context: Tensor) -> None:
        """Read out step t."""
        if self.parameters:
            self.joined[t][:, : self.hidden_size] = hidden
            self.joined[t][:, self.hidden_size :] = context
            torch.tanh(self.joined.times(t, self.weight.t()) + self.bias, out=self.steps[t])

    def turn(self) -> None:
        """Begin the way back: make room for δ before tanh."""
        if self.parameters:
            self.d_before_tanh = Steps(self.sizes, len(self.weight), self.readouts, self.precision)

    def backward(self, t: int, d_readout: Tensor) -> tuple[Tensor, Tensor]:
        """Return δs and δc of step t for δõ."""
        if not self.parameters:
            return d_readout, d_readout[:, :0]
        self.d_before_tanh[t].copy_(tanh_backward(d_readout, self.steps[t], out=d_readout))
        d_joined = self.d_before_tanh.times(t, self.weight).to(d_readout.dtype)
        return d_joined[:, : self.hidden_size], d_joined[:, self.hidden_size :]

    def gradients(self) -> tuple[Tensor, ...]:
        """Return δW and δb, after the last step back."""
        if not self.parameters:
            return ()
        return self.joined.gradient(self.d_before_tanh), self.d_before_tanh.total()
