"""Contexts that need no look at the source's words: none at all, or a summary."""

from torch import Tensor

from seq2seq_cli.models.attention.attention import Attention
from seq2seq_cli.models.attention.trace import ConstantTrace, Memory
from seq2seq_cli.models.encoders import EncoderOutput


class NoAttention(Attention):
    """The decoder sees the source through its first state alone (Sutskever, Vinyals & Le 2014)."""

    needs_query = False
    trace = ConstantTrace

    def __init__(self, query_size: int, memory_size: int, state_size: int) -> None:
        super().__init__(query_size, memory_size, state_size)
        self.context_size = 0

    def prepare(self, encoded: EncoderOutput) -> Memory:
        """Return a memory that holds nothing, so that a search has nothing to carry."""
        nothing = encoded.memory[:, :0, :0]
        return Memory(nothing, nothing, encoded.mask[:, :0])

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor | None]:
        """Return an empty context and no weights."""
        return query[..., :0], None


class SummaryAttention(Attention):
    """The same context at every step: the encoder's final state (Cho et al. 2014, section 2.2).

    It looks nowhere, so it is no attention in the strict sense; but the decoder is told of the source at
    every word and need not carry it all the way in its state.
    """

    needs_query = False
    trace = ConstantTrace

    def __init__(self, query_size: int, memory_size: int, state_size: int) -> None:
        super().__init__(query_size, memory_size, state_size)
        self.context_size = state_size

    def prepare(self, encoded: EncoderOutput) -> Memory:
        """Return the top layer's final state as a memory of one place."""
        summary = encoded.final_state[-1][0].unsqueeze(1)  # (rows, 1, state size)
        return Memory(summary, summary[..., :0], encoded.mask[:, :1])

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor | None]:
        """Return the final state, for as many steps as the query has, and no weights."""
        asked = query.view(len(memory.mask), -1, query.shape[-1])  # (sentences, time, query size)
        context = memory.values.expand(-1, asked.shape[1], -1)
        return (context if query.dim() == 3 else context.flatten(0, 1)), None
