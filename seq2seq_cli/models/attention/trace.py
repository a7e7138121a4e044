"""One pass of attention over packed target sentences, there and back."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Memory(NamedTuple):
    """What a decoder sees of its source; made once a sentence, read at every step. A row a hypothesis."""

    values: Tensor  # (rows, source time, value size), what contexts are made of
    keys: Tensor  # (rows, source time, key size), what queries are compared with
    mask: Tensor  # (rows, source time), True where there is a token

    def select(self, rows: Tensor) -> "Memory":
        """Return the given rows, (n,) indices, in that order; a row may come more than once."""
        return Memory(*(tensor.index_select(0, rows) for tensor in self))


class AttentionTrace(ABC):
    """The looks of a decoder at its memory, step after step, which remember what the way back needs.

    Args:
        memory: the source, sentences in the order of packing: the longest target first.
        sizes: how many sentences take each step; falls.
        parameters: those that take part in every step, as Attention.trace_parameters has them.
    """

    def __init__(self, memory: Memory, sizes: Sequence[int], *parameters: Tensor) -> None:
        self.memory = memory
        self.sizes = sizes

    @abstractmethod
    def forward(self, t: int, query: Tensor) -> Tensor:
        """Return the contexts of step t, (sentences, context size).

        Args:
            t: the step.
            query: W s, W being Attention.query_weight, or s where there is none, (sentences, key size). It
                is kept.
        """

    def turn(self) -> None:
        """Begin the way back, which may be gone more than once: forget what the last time has summed."""
        return

    @abstractmethod
    def backward(self, t: int, d_context: Tensor) -> Tensor | None:
        """Go back over step t.

        Args:
            t: the step.
            d_context: gradients in its contexts, (sentences, context size).

        Returns:
            The gradients in `query`, (sentences, key size); None where it doesn't matter.
        """

    @abstractmethod
    def d_memory(self) -> tuple[Tensor, Tensor]:
        """Return the gradients in the memory's values and keys, after the last step back."""

    def d_parameters(self) -> tuple[Tensor, ...]:
        """Return the gradients in the parameters, after the last step back."""
        return ()


class ConstantTrace(AttentionTrace):
    """The same context at every step, be it empty: all that the memory holds."""

    def __init__(self, memory: Memory, sizes: Sequence[int], *parameters: Tensor) -> None:
        super().__init__(memory, sizes)
        self.context = memory.values.flatten(1)  # (batch, context size)

    def forward(self, t: int, query: Tensor) -> Tensor:
        """Return the context of step t, whatever the query."""
        return self.context[: len(query)]

    def turn(self) -> None:
        """Begin the way back, with a gradient of zero."""
        self._d_context = torch.zeros_like(self.context)

    def backward(self, t: int, d_context: Tensor) -> None:
        """Collect the gradient in the context."""
        self._d_context[: len(d_context)].add_(d_context)

    def d_memory(self) -> tuple[Tensor, Tensor]:
        """Return the gradients in values and keys."""
        return self._d_context.view_as(self.memory.values), torch.zeros_like(self.memory.keys)
