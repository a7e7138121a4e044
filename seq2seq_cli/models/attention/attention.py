"""What the decoder takes from the memory at each step."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from seq2seq_cli.models.attention.trace import AttentionTrace, Memory
from seq2seq_cli.models.encoders import EncoderOutput


class Attention(nn.Module, ABC):
    """Looks from the decoder's state back at the source.

    Args:
        query_size: width of the decoder's state.
        memory_size: width of the encoder's memory.
        state_size: width of the encoder's final state at the top.
    """

    context_size: int
    """Width of the context that it returns."""

    needs_query = True
    """Whether the context depends on the query; where it doesn't, it is known before the first step."""

    def __init__(self, query_size: int, memory_size: int, state_size: int) -> None:
        super().__init__()
        self.context_size = memory_size

    @property
    @abstractmethod
    def trace(self) -> type[AttentionTrace]:
        """What looks back step after step, and goes back over the steps."""

    @property
    def query_weight(self) -> Tensor | None:
        """W of the W s that scores compare with keys, (key size, query size); None where they compare s."""
        return None

    def trace_parameters(self) -> tuple[Tensor, ...]:
        """Return the other parameters that take part in every step."""
        return ()

    @abstractmethod
    def prepare(self, encoded: EncoderOutput) -> Memory:
        """Return what the steps need, once a sentence."""

    @abstractmethod
    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor | None]:
        """Return the context, (..., context size), and the weights, (..., source time), if there are any.

        Args:
            query: (rows, query size) for a step, (sentences, time, query size) for a sweep. In a step, each
                of the memory's sentences may have several rows, as many as the others, next to each other.
            memory: what `prepare` returned.
        """
