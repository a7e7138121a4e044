"""The readout of a decoder's state and context, and of all steps with gradients derived by hand."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from seq2seq_cli.models.cells.trace import tanh_backward
from seq2seq_cli.models.steps import steps_of


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
    """õ = tanh(a + b) of every step, a = W [s ; c], or s itself where there is no W and no b.

    Args:
        sizes: how many sentences take each step; falls.
        hiddens: where s of every token will lie, (tokens, hidden), which without b is a.
        bias: b, (size,), or None.
    """

    def __init__(self, sizes: Sequence[int], hiddens: Tensor, bias: Tensor | None) -> None:
        self.bias = bias
        self.readouts = hiddens if bias is None else hiddens.new_empty(len(hiddens), len(bias))
        self.steps = steps_of(self.readouts, sizes)

    def forward(self, t: int, a: Tensor) -> None:
        """Read out step t of a, (sentences, size)."""
        if self.bias is not None:
            torch.add(a, self.bias, out=self.steps[t]).tanh_()

    def backward(self, t: int, d_readout: Tensor) -> Tensor:
        """Return δa of step t for δõ, (sentences, size), whose place it takes."""
        if self.bias is None:
            return d_readout
        return tanh_backward(d_readout, self.steps[t], out=d_readout)
