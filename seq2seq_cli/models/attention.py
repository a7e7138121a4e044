"""Attention: what the decoder takes from the memory at each step."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from seq2seq_cli.registry import Registry


class Attention(nn.Module, ABC):
    """Looks from the decoder's output back at the memory.

    Args:
        query_size: width of the decoder's output.
        memory_size: width of the encoder's memory.
    """

    context_size: int
    """Width of the context that it returns."""

    def __init__(self, query_size: int, memory_size: int) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, query: Tensor, memory: Tensor, mask: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the context, (..., context size), and the weights, (..., source time), if there are any.

        Args:
            query: (batch, query size) for a step, (batch, time, query size) for a sweep.
            memory: (batch, source time, memory size).
            mask: (batch, source time), True where there is a token.
        """


class NoAttention(Attention):
    """The decoder sees the source through its first state alone (Sutskever, Vinyals & Le 2014)."""

    context_size = 0

    def forward(self, query: Tensor, memory: Tensor, mask: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return an empty context and no weights."""
        return query[..., :0], None


ATTENTIONS: Registry[type[Attention]] = Registry("attention", {"none": NoAttention})
