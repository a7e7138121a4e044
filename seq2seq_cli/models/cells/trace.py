"""One pass of a cell over packed sentences, there and back."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seq2seq_cli.models.steps import Steps, steps_of

LayerState = tuple[Tensor, ...]
"""What one layer carries from step to step: for an LSTM (hidden, cell), each (batch, hidden)."""


class Trace(ABC):
    """The steps of a cell over packed sentences, which remembers what the way back needs.

    Each step is done with while it lies in the processor's cache: what is computed for all steps at once
    goes through memory, which is slower than the arithmetic. The exception are the gradients of the
    parameters, which take one product over all tokens of all sentences, and not one a step.

    Args:
        sizes: how many sentences take each step; falls.
        first: the state before the first step, parts (batch, hidden).
        precision: of the factors of matrix products.
        parameters: W, b, U and what else meets the state; see Cell.trace_parameters.
    """

    state_parts: ClassVar[int]
    """How many parts the state has."""

    parameter_count: ClassVar[int] = 3
    """How many parameters it takes."""

    def __init__(
        self, sizes: Sequence[int], first: LayerState, precision: torch.dtype, *parameters: Tensor
    ) -> None:
        weight_input, self.bias, weight_hidden, *_ = parameters
        self.sizes = sizes
        self.first = first
        self.of_input, self.of_hidden = slice(0, weight_input.shape[1]), slice(weight_input.shape[1], None)
        hidden, width = first[0], weight_input.shape[1] + weight_hidden.shape[1]
        self.weight = hidden.new_empty(len(self.bias), width, dtype=precision)  # [W U]
        self.weight[:, self.of_input] = weight_input
        self.weight[:, self.of_hidden] = weight_hidden
        self.read = Steps(sizes, self.weight.shape[1], hidden, precision)  # [x ; h] of every token
        self.gates = Steps(sizes, len(self.weight), hidden, precision)  # of every token, as the cell has them
        self.d_gates = Steps(sizes, len(self.weight), hidden, precision)
        tokens = sum(sizes)
        self.parts = tuple(part.new_empty(tokens, part.shape[1]) for part in first)  # after every token
        self._after = tuple(zip(*(steps_of(part, sizes) for part in self.parts), strict=True))
        self._input_steps = steps_of(self.inputs, sizes)
        self._hidden_steps = steps_of(self.read.rows[:, self.of_hidden], sizes)

    @property
    def hiddens(self) -> Tensor:
        """The first part of the state after every token, (tokens, hidden)."""
        return self.parts[0]

    @property
    def inputs(self) -> Tensor:
        """Where all inputs lie, (tokens, input), to be filled before they are read."""
        return self.read.rows[:, self.of_input]

    def input(self, t: int) -> Tensor:
        """Return where the input of step t lies, (sentences of that step, input)."""
        return self._input_steps[t]

    def after(self, t: int) -> LayerState:
        """Return the state after step t, parts (sentences of that step, hidden)."""
        return self._after[t]

    def before(self, t: int) -> LayerState:
        """Return the state that step t begins with, of the sentences that take it."""
        parts, n = self._after[t - 1] if t else self.first, self.sizes[t]
        return parts if len(parts[0]) == n else tuple(part[:n] for part in parts)

    def final(self) -> LayerState:
        """Return the state after each sentence's last step, parts (batch, hidden)."""
        ends = [*self.sizes[1:], 0]
        last = [
            [part[end:] for part in parts]
            for parts, end in zip(self._after, ends, strict=True)
            if len(parts[0]) > end
        ]
        return tuple(torch.cat(parts[::-1]) for parts in zip(*last, strict=True))

    def forward(self, t: int) -> Tensor:
        """Take step t, whose input lies in its place; return h', (sentences of that step, hidden)."""
        before, after = self.before(t), self.after(t)
        self._hidden_steps[t].copy_(before[0])
        self.advance(t, before, after)
        return after[0]

    def backward(self, t: int, d_state: LayerState, d_input: Tensor) -> None:
        """Go back over step t.

        Args:
            t: the step.
            d_state: gradients in the state after it, parts (sentences of that step, hidden), which become in
                place those in the state before it.
            d_input: where the gradient in its input goes, (sentences of that step, input).
        """
        self.retreat(t, self.before(t), self.after(t), d_state, d_input)

    @abstractmethod
    def advance(self, t: int, before: LayerState, after: LayerState) -> None:
        """Take step t, from `read`, and write the state after it."""

    @abstractmethod
    def retreat(
        self, t: int, before: LayerState, after: LayerState, d_state: LayerState, d_input: Tensor
    ) -> None:
        """Go back over step t, as `backward` says."""

    def d_parameters(self) -> tuple[Tensor, ...]:
        """Return the gradients in the parameters, after the last step back."""
        return (
            self.read.gradient(self.d_gates, self.of_input),
            self.d_gates.total(),
            self.read.gradient(self.d_gates, self.of_hidden),
        )

    def preactivations(self, t: int) -> Tensor:
        """Return W x + U h + b of step t, (sentences of that step, gates * hidden).

        Where products are exact, it lies where the gates of that step belong.
        """
        if self.gates.exact:
            return torch.addmm(self.bias, self.read[t], self.weight.t(), out=self.gates[t])
        return self.read.times(t, self.weight.t()) + self.bias

    def keep(self, steps: Steps, t: int, value: Tensor) -> None:
        """Keep what was computed at step t, rounded; nothing is to do where it was computed in its place."""
        if not steps.exact:
            steps[t].copy_(value)

    def work(self, steps: Steps, t: int) -> Tensor:
        """Return where what belongs into step t is computed: there, or beside it where that is rounded."""
        return steps[t] if steps.exact else torch.empty_like(steps[t], dtype=steps.result)


class Unrolled(torch.autograd.Function):
    """All steps of a cell over packed sentences, with the gradients that its trace derives."""

    @staticmethod
    def forward(
        ctx: Any,
        kind: type[Trace],
        sizes: tuple[int, ...],
        precision: torch.dtype,
        rows: Tensor,
        *others: Tensor,
    ) -> tuple[Tensor, ...]:
        """Return h' of every token, (tokens, hidden), and each sentence's final state, parts (batch, hidden).

        Args:
            ctx: carries what the way back needs.
            kind: the cell's trace.
            sizes: how many sentences take each step.
            precision: of the factors of matrix products.
            rows: (tokens, input), step after step, the longest sentence first.
            others: the trace's parameters, and then the parts of the first state.
        """
        parameters, first = others[: kind.parameter_count], others[kind.parameter_count :]
        trace = kind(sizes, first, precision, *parameters)
        trace.inputs.copy_(rows)
        for t in range(len(sizes)):
            trace.forward(t)
        ctx.trace = trace
        return trace.hiddens.detach(), *trace.final()  # detached, it is not what the trace holds

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_hiddens: Tensor, *d_final: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients in the arguments of `forward`."""
        trace: Trace = ctx.trace
        d_state = tuple(part.clone() for part in d_final)
        d_rows = torch.empty_like(trace.inputs, dtype=d_hiddens.dtype)
        steps = zip(steps_of(d_hiddens, trace.sizes), steps_of(d_rows, trace.sizes), strict=True)
        for t, (dh, d_input) in reversed(list(enumerate(steps))):
            d_here = tuple(part[: len(dh)] for part in d_state)
            d_here[0].add_(dh)
            trace.backward(t, d_here, d_input)
        return (None, None, None, d_rows, *trace.d_parameters(), *d_state)


def sigmoid_backward(gradient: Tensor, s: Tensor, out: Tensor) -> Tensor:
    """Write gradient ⊙ s (1 - s), the gradient in a where s = σ(a), in one pass over memory."""
    result: Tensor = torch.ops.aten.sigmoid_backward.grad_input(gradient, s, grad_input=out)
    return result


def tanh_backward(gradient: Tensor, t: Tensor, out: Tensor) -> Tensor:
    """Write gradient ⊙ (1 - t²), the gradient in a where t = tanh(a), in one pass over memory."""
    result: Tensor = torch.ops.aten.tanh_backward.grad_input(gradient, t, grad_input=out)
    return result
