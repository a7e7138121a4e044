"""The readout of a decoder's state and context, and of all steps with gradients derived by hand."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from seq2seq_cli.models.cells.trace import tanh_backward
from seq2seq_cli.models.steps import Steps, steps_of


class Readout(nn.ModuleList):
    """õ = tanh(W [s ; c] + b) (Luong, Pham & Manning 2015, equation 5).

    It is a list of one map, by whose place there, readout.0, checkpoints know it.

    Args:
        hidden_size: width of s.
        context_size: width of c.
        size: width of õ.
    """

    def __init__(self, hidden_size: int, context_size: int, size: int) -> None:
        super().__init__([nn.Linear(hidden_size + context_size, size)])
        self.hidden_size = hidden_size

    @property
    def linear(self) -> nn.Linear:
        """W and b."""
        return cast("nn.Linear", self[0])

    @property
    def of_hidden(self) -> Tensor:
        """W_s of W = [W_s W_c], (size, hidden)."""
        return self.linear.weight[:, : self.hidden_size]

    @property
    def of_context(self) -> Tensor:
        """W_c of W = [W_s W_c], (size, context size).

        W_c c = W_c Σ_j α_j h_j = Σ_j α_j (W_c h_j): contexts can be read out before they are asked for, the
        products of a step being those of a sentence, and then what a step takes the mean of is as wide as õ,
        often half as wide as the memory.
        """
        return self.linear.weight[:, self.hidden_size :]

    def forward(self, hidden: Tensor, context: Tensor) -> Tensor:
        """Return õ, (..., size), of s, (..., hidden), and c, (..., context size)."""
        readout: Tensor = self.linear(torch.cat([hidden, context], dim=-1))
        return readout.tanh()


class HiddenReadout(nn.Module):
    """õ = s, where there is no context."""

    def forward(self, hidden: Tensor, context: Tensor) -> Tensor:
        """Return s, (..., hidden)."""
        return hidden


class ReadoutTrace:
    """õ = tanh(W [s ; c] + b) of every step, or s itself where the decoder has no such layer.

    Args:
        sizes: how many sentences take each step; falls.
        precision: of the factors of matrix products.
        hiddens: where s of every token will lie, (tokens, hidden).
        parameters: W and b, or none; W_s and b where contexts have been read out.
        reads_ahead: contexts are W_c c, see Readout.of_context.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        precision: torch.dtype,
        hiddens: Tensor,
        parameters: Sequence[Tensor],
        *,
        reads_ahead: bool = False,
    ) -> None:
        self.sizes = sizes
        self.precision = precision
        self.hidden_size = hiddens.shape[1]
        self.parameters = parameters
        if parameters:
            weight, self.bias = parameters
            self.weight = weight.to(precision)
            self.reads_ahead = reads_ahead
            self.read = Steps(sizes, weight.shape[1], hiddens, precision)  # [s ; c], or s alone
            hiddens = hiddens.new_empty(len(hiddens), len(weight))
        self.readouts = hiddens
        self.steps = steps_of(hiddens, sizes)

    def forward(self, t: int, hidden: Tensor, context: Tensor) -> None:
        """Read out step t."""
        if self.parameters:
            self.read[t][:, : self.hidden_size] = hidden
            added = self.bias
            if self.reads_ahead:
                added = context + self.bias
            else:
                self.read[t][:, self.hidden_size :] = context
            torch.tanh(self.read.times(t, self.weight.t()) + added, out=self.steps[t])

    def turn(self) -> None:
        """Begin the way back: make room for δ before tanh."""
        if self.parameters:
            self.d_before_tanh = Steps(self.sizes, len(self.weight), self.readouts, self.precision)

    def backward(self, t: int, d_readout: Tensor) -> tuple[Tensor, Tensor]:
        """Return δs and δc, or δ(W_c c), of step t for δõ."""
        if not self.parameters:
            return d_readout, d_readout[:, :0]
        d_before_tanh = tanh_backward(d_readout, self.steps[t], out=d_readout)
        self.d_before_tanh[t].copy_(d_before_tanh)
        d_read = self.d_before_tanh.times(t, self.weight).to(d_readout.dtype)
        if self.reads_ahead:
            return d_read, d_before_tanh
        return d_read[:, : self.hidden_size], d_read[:, self.hidden_size :]

    def gradients(self) -> tuple[Tensor, ...]:
        """Return δW and δb, after the last step back."""
        if not self.parameters:
            return ()
        return self.read.gradient(self.d_before_tanh), self.d_before_tanh.total()
