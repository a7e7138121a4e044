"""One pass of a cell over packed sentences, there and back."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from seq2seq_cli.models.steps import Steps, steps_of

LayerState = tuple[Tensor, ...]
"""What one layer carries from step to step: for an LSTM (hidden, cell), each (batch, hidden)."""


class Trace(ABC):
    """The steps of a cell over packed sentences, which remembers what the way back needs.

    What depends on no other step is computed for all steps at once: products of inputs that are known
    beforehand, and the gradients of the matrices, each one product over all tokens of all sentences. The rest
    is a loop. It may be run in inference mode: what outlives it is made before.

    Several cells of one kind and size can go through the same loop, each over sentences of its own, such as
    the same ones from both ends: then all tensors have a dimension before all others, one place a cell, the
    dots in the shapes below. What a step costs beside its arithmetic is paid once for all of them.

    Args:
        sizes: how many sentences take each step; falls.
        first: the state before the first step, parts (..., batch, hidden).
        precision: of the factors of matrix products.
        known: the inputs of all tokens, as far as they are known beforehand, (..., tokens, known size); W's
            other columns are for what is found on the way. These inputs, and matrices,
            may be rounded already.
        parameters: W, b, U and what else meets the state; see Cell.trace_parameters.
    """

    state_parts: ClassVar[int]
    """How many parts the state has."""

    parameter_count: ClassVar[int] = 3
    """How many parameters it takes."""

    def __init__(
        self,
        sizes: Sequence[int],
        first: LayerState,
        precision: torch.dtype,
        known: Tensor,
        *parameters: Tensor,
    ) -> None:
        weight_input, bias, weight_hidden, *_ = parameters
        self.sizes = sizes
        self.first = first
        like, known_size = first[0], known.shape[-1]
        found_size = weight_input.shape[-1] - known_size
        # Where precision is theirs, W and U themselves may be what is multiplied: they stay as they are until
        # the way back has been gone.
        w_known, w_found = torch.split(weight_input, [known_size, found_size], dim=-1)
        self.weight_known = w_known.to(precision)  # (..., gates * hidden, known)
        # What a step finds and what it keeps stand side by side, [found ; h], and so do their matrices.
        self.of_found, self.of_hidden = slice(0, found_size), slice(found_size, None)
        u, w_found = weight_hidden.to(precision), w_found.to(precision)
        self.weight = _beside(w_found, u)  # (..., gates * hidden, found + hidden)
        self.read = Steps(sizes, (found_size, weight_hidden.shape[-1]), like, precision)
        self.known = Steps(sizes, known_size, like, precision)
        self.known.rows.copy_(known)
        self.sums = self.known.projected(self.weight_known.mT, bias)  # W x + b of what is known
        self.gate_count = weight_hidden.shape[-2] // weight_hidden.shape[-1]
        self.parts = tuple(
            part.new_empty(*known.shape[:-1], part.shape[-1]) for part in first
        )  # after every token
        self._after = tuple(zip(*(steps_of(part, sizes) for part in self.parts), strict=True))
        self._found_steps = steps_of(self.read.rows[..., self.of_found], sizes)
        self._hidden_steps = steps_of(self.read.rows[..., self.of_hidden], sizes)
        self.make_room(*parameters)

    def make_room(self, *parameters: Tensor) -> None:
        """Make room for what a kind of cell remembers beside states.

        Args:
            parameters: what the trace was given.
        """
        return

    @property
    def hiddens(self) -> Tensor:
        """The first part of the state after every token, (..., tokens, hidden)."""
        return self.parts[0]

    def found(self, t: int) -> Tensor:
        """Return where what is found on the way to step t lies, (..., sentences of that step, found size)."""
        return self._found_steps[t]

    def after(self, t: int) -> LayerState:
        """Return the state after step t, parts (..., sentences of that step, hidden)."""
        return self._after[t]

    def before(self, t: int) -> LayerState:
        """Return the state that step t begins with, of the sentences that take it."""
        parts, n = self._after[t - 1] if t else self.first, self.sizes[t]
        return parts if parts[0].shape[-2] == n else tuple(part.narrow(-2, 0, n) for part in parts)

    def room(self, count: int) -> tuple[Tensor, ...]:
        """Return room for so many vectors a token, step after step: (count, ..., sentences, hidden) each."""
        return steps_of(self.hiddens.new_empty(count, *self.hiddens.shape), self.sizes)

    def apart(self, rows: Tensor) -> Tensor:
        """Return a view of rows, (..., rows, gates * hidden), gate after gate: (gates, ..., rows, hidden)."""
        return rows.view(*rows.shape[:-1], self.gate_count, -1).movedim(-2, 0)

    def final(self) -> LayerState:
        """Return the state after each sentence's last step, parts (..., batch, hidden)."""
        ends = [*self.sizes[1:], 0]
        last = [
            [part[..., end:, :] for part in parts]
            for parts, size, end in zip(self._after, self.sizes, ends, strict=True)
            if size > end
        ]
        return tuple(torch.cat(parts[::-1], dim=-2) for parts in zip(*last, strict=True))

    def forward(self, t: int) -> Tensor:
        """Take step t, for which what is found lies in its place; return h', (..., sentences, hidden)."""
        before, after = self.before(t), self.after(t)
        self._hidden_steps[t].copy_(before[0])
        self.advance(t, before, after)
        return after[0]

    def release(self) -> None:
        """Forget what nobody needs after the last step forward."""
        del self.sums

    def turn(self) -> None:
        """Begin the way back: make room for δa."""
        hiddens, width = self.hiddens, self.gate_count * self.hiddens.shape[-1]
        self.d_gates = Steps(self.sizes, width, hiddens, self.read.precision)
        # Of one step, before it is rounded, gate after gate.
        self._d = hiddens.new_empty(self.gate_count, *hiddens.shape[:-2], self.sizes[0], hiddens.shape[-1])
        self._d_bias = self._d.new_zeros(*self._d.shape[:-2], hiddens.shape[-1])

    def d(self, t: int) -> Tensor:
        """Return room for δa of step t, (gates, ..., sentences of that step, hidden), until the next step."""
        return self._d.narrow(-2, 0, self.sizes[t])

    @abstractmethod
    def advance(self, t: int, before: LayerState, after: LayerState) -> None:
        """Take step t, from `read` and `sums`, and write the state after it."""

    @abstractmethod
    def backward(self, t: int, d_state: LayerState, d_found: Tensor) -> None:
        """Go back over step t.

        Args:
            t: the step.
            d_state: gradients in the state after it, parts (..., sentences of that step, hidden), which
                become in place those in the state before it.
            d_found: where the gradient in what was found goes, (..., sentences of that step, found size).
        """

    def d_known(self) -> Tensor:
        """Return the gradient in what was known, (..., tokens, known size), after the last step back."""
        return self.d_gates.product(self.weight_known)

    def d_parameters(self) -> tuple[Tensor, ...]:
        """Return the gradients in the parameters, after the last step back."""
        d_loop = self.read.gradient(self.d_gates)
        d_weight_hidden = d_loop[..., self.of_hidden].to(self.hiddens.dtype)
        return self.d_weight(d_loop[..., self.of_found]), self.d_bias(), d_weight_hidden

    def d_weight(self, d_found: Tensor) -> Tensor:
        """Return the gradient in W, from that in the columns for what is found."""
        return _beside(self.known.gradient(self.d_gates), d_found).to(self.hiddens.dtype)

    def d_bias(self) -> Tensor:
        """Return the gradient in b."""
        return self._d_bias.movedim(0, -2).flatten(-2)

    def keep(self, t: int) -> None:
        """Keep δa of step t, rounded, from its room."""
        d = self.d(t)
        self.apart(self.d_gates[t]).copy_(d)
        self._d_bias.add_(d.sum(-2))

    def hand_back(self, t: int, d_hidden: Tensor, d_found: Tensor) -> None:
        """From δa of step t, in its room, write δ in the h and in what was found that the step has read."""
        self.keep(t)
        d_read = self.d_gates.times(t, self.weight)  # of [found ; h]
        found_size = d_found.shape[-1]
        if found_size:
            d_found.copy_(d_read[..., :found_size])
        d_hidden.copy_(d_read[..., found_size:])


def _beside(left: Tensor, right: Tensor) -> Tensor:
    """Return [left right], (..., rows, columns of both), without a copy where one has no columns."""
    if not left.shape[-1] or not right.shape[-1]:
        return right if right.shape[-1] else left
    return torch.cat([left, right], dim=-1)


def sigmoid_backward(gradient: Tensor, s: Tensor, out: Tensor) -> Tensor:
    """Write gradient ⊙ s (1 - s), the gradient in a where s = σ(a), in one pass over memory."""
    result: Tensor = torch.ops.aten.sigmoid_backward.grad_input(gradient, s, grad_input=out)
    return result


def tanh_backward(gradient: Tensor, t: Tensor, out: Tensor) -> Tensor:
    """Write gradient ⊙ (1 - t²), the gradient in a where t = tanh(a), in one pass over memory."""
    result: Tensor = torch.ops.aten.tanh_backward.grad_input(gradient, t, grad_input=out)
    return result
