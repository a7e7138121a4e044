"""Attention: what the decoder takes from the memory at each step."""

import math
from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from seq2seq_cli.errors import ConfigError
from seq2seq_cli.models.encoders import EncoderOutput
from seq2seq_cli.registry import Registry


class Memory(NamedTuple):
    """What a decoder sees of its source; made once a sentence, read at every step. A row a hypothesis."""

    values: Tensor  # (rows, source time, value size), what contexts are made of
    keys: Tensor  # (rows, source time, key size), what queries are compared with
    mask: Tensor  # (rows, source time), True where there is a token

    def select(self, rows: Tensor) -> "Memory":
        """Return the given rows, (n,) indices, in that order; a row may come more than once."""
        return Memory(*(tensor.index_select(0, rows) for tensor in self))


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

    @abstractmethod
    def prepare(self, encoded: EncoderOutput) -> Memory:
        """Return what the steps need, once a sentence."""

    @abstractmethod
    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor | None]:
        """Return the context, (..., context size), and the weights, (..., source time), if there are any.

        Args:
            query: (rows, query size) for a step, (rows, time, query size) for a sweep.
            memory: what `prepare` returned.
        """


class NoAttention(Attention):
    """The decoder sees the source through its first state alone (Sutskever, Vinyals & Le 2014)."""

    needs_query = False

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

    def __init__(self, query_size: int, memory_size: int, state_size: int) -> None:
        super().__init__(query_size, memory_size, state_size)
        self.context_size = state_size

    def prepare(self, encoded: EncoderOutput) -> Memory:
        """Return the top layer's final state as a memory of one place."""
        summary = encoded.final_state[-1][0].unsqueeze(1)  # (rows, 1, state size)
        return Memory(summary, summary[..., :0], encoded.mask[:, :1])

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor | None]:
        """Return the final state, for as many steps as the query has, and no weights."""
        if query.dim() == 2:
            return memory.values[:, 0], None
        return memory.values.expand(-1, query.shape[1], -1), None


class ScoredAttention(Attention):
    """A softmax over the source's words of how well each goes with the query, and the mean that it weighs.

        α_j = exp(e_j) / Σ_k exp(e_k),  e_j = score(s, h_j)          c = Σ_j α_j h_j

    (Bahdanau, Cho & Bengio 2015, equations 5 and 6; Luong, Pham & Manning 2015, equation 7, the global form.)
    """

    def prepare(self, encoded: EncoderOutput) -> Memory:
        """Return the memory, and its keys, computed once."""
        return Memory(encoded.memory, self.keys(encoded.memory), encoded.mask)

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor | None]:
        """Return the context and the weights, which are zero in the padding."""
        sweep = query if query.dim() == 3 else query.unsqueeze(1)  # (rows, time, query size)
        scores = self.scores(sweep, memory.keys)  # (rows, time, source time)
        weights = scores.masked_fill(~memory.mask.unsqueeze(1), -math.inf).softmax(dim=2)
        context = torch.bmm(weights.to(memory.values.dtype), memory.values)  # (rows, time, memory size)
        return (context, weights) if query.dim() == 3 else (context.squeeze(1), weights.squeeze(1))

    def keys(self, memory: Tensor) -> Tensor:
        """Return what queries are compared with: (rows, source time, memory size) -> (..., key size)."""
        return memory

    @abstractmethod
    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return e, (rows, time, source time), of query and keys, (rows, time or source time, size)."""


class DotAttention(ScoredAttention):
    """score(s, h) = s · h (Luong, Pham & Manning 2015, section 3.1, "dot"); the widths have to match.

    Raises:
        ConfigError: they don't.
    """

    def __init__(self, query_size: int, memory_size: int, state_size: int) -> None:
        super().__init__(query_size, memory_size, state_size)
        if query_size != memory_size:
            raise ConfigError(
                f"model.attention dot compares the decoder's {query_size} numbers with "
                f"the memory's {memory_size}.",
                f"Set model.decoder_hidden_size to {memory_size}, or model.attention to general.",
            )

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return s · h for every pair of a step and a source word."""
        return torch.bmm(query, keys.transpose(1, 2))


class GeneralAttention(ScoredAttention):
    """score(s, h) = s^T W h (Luong, Pham & Manning 2015, section 3.1, "general"); W h is computed once."""

    def __init__(self, query_size: int, memory_size: int, state_size: int) -> None:
        super().__init__(query_size, memory_size, state_size)
        self.key = nn.Linear(memory_size, query_size, bias=False)  # W

    def keys(self, memory: Tensor) -> Tensor:
        """Return W h, as wide as a query."""
        keys: Tensor = self.key(memory)
        return keys

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return s · (W h) for every pair of a step and a source word."""
        return torch.bmm(query, keys.transpose(1, 2))


class AdditiveAttention(ScoredAttention):
    """score(s, h) = v^T tanh(W s + U h + b) (Bahdanau, Cho & Bengio 2015, appendix A.1.2; b is ours)."""

    def __init__(self, query_size: int, memory_size: int, state_size: int) -> None:
        super().__init__(query_size, memory_size, state_size)
        self.query = nn.Linear(query_size, query_size, bias=False)  # W
        self.key = nn.Linear(memory_size, query_size)  # U and b
        self.score = nn.Linear(query_size, 1, bias=False)  # v

    def keys(self, memory: Tensor) -> Tensor:
        """Return U h + b, as wide as a query; computed once a sentence."""
        keys: Tensor = self.key(memory)
        return keys

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return v^T tanh(W s + U h + b) for every pair of a step and a source word."""
        together = self.query(query).unsqueeze(2) + keys.unsqueeze(1)  # (rows, time, source time, query size)
        scores: Tensor = self.score(together.tanh()).squeeze(3)
        return scores


ATTENTIONS: Registry[type[Attention]] = Registry(
    "attention",
    {
        "none": NoAttention,
        "summary": SummaryAttention,
        "dot": DotAttention,
        "general": GeneralAttention,
        "additive": AdditiveAttention,
    },
)
