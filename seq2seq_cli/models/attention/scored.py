"""Attention in the strict sense: a score for every word of the source, and the mean that they weigh."""

import math
from abc import abstractmethod

import torch
from torch import Tensor, nn

from seq2seq_cli.errors import ConfigError
from seq2seq_cli.models.attention.attention import Attention
from seq2seq_cli.models.attention.scored_trace import AdditiveTrace, DotTrace
from seq2seq_cli.models.attention.trace import Memory
from seq2seq_cli.models.encoders import EncoderOutput

_FEW = 5
"""Of more means of the same vectors, a product is quicker however it is computed."""


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
        # What several hypotheses of a sentence ask at a step is like what one asks at several steps.
        sweep = query.view(len(memory.mask), -1, query.shape[-1])  # (sentences, time, query size)
        scores = self.scores(sweep, memory.keys)  # (sentences, time, source time)
        weights = scores.masked_fill(~memory.mask.unsqueeze(1), -math.inf).softmax(dim=2)
        context = _mean(weights.to(memory.values.dtype), memory.values)  # (sentences, time, memory size)
        return (context, weights) if query.dim() == 3 else (context.flatten(0, 1), weights.flatten(0, 1))

    def keys(self, memory: Tensor) -> Tensor:
        """Return what queries are compared with: (rows, source time, memory size) -> (..., key size)."""
        return memory

    @abstractmethod
    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return e, (sentences, time, source time), of query and keys, (..., size)."""


def _mean(weights: Tensor, values: Tensor) -> Tensor:
    """Return Σ_j α_j v_j of α, (sentences, time, source time), and v, (sentences, source time, size).

    Within rounding(), bmm takes four times as long as outside for what a step asks. embedding_bag, another
    way to sum vectors with weights, neither rounds nor takes much longer than bmm at its best.
    """
    sentences, time, source_time = weights.shape
    rounds = values.device.type == "cpu" and torch.get_float32_matmul_precision() == "medium"
    if time > _FEW or not rounds:
        return torch.bmm(weights, values)
    places = torch.arange(sentences * source_time).view(sentences, 1, source_time)
    sums = nn.functional.embedding_bag(
        places.expand_as(weights).reshape(-1, source_time),
        values.reshape(sentences * source_time, -1),
        per_sample_weights=weights.reshape(-1, source_time),
        mode="sum",
    )
    return sums.view(sentences, time, -1)


class DotAttention(ScoredAttention):
    """score(s, h) = s · h (Luong, Pham & Manning 2015, section 3.1, "dot"); the widths have to match.

    Raises:
        ConfigError: they don't.
    """

    trace = DotTrace

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

    trace = DotTrace

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

    trace = AdditiveTrace

    def __init__(self, query_size: int, memory_size: int, state_size: int) -> None:
        super().__init__(query_size, memory_size, state_size)
        self.query = nn.Linear(query_size, query_size, bias=False)  # W
        self.key = nn.Linear(memory_size, query_size)  # U and b
        self.score = nn.Linear(query_size, 1, bias=False)  # v

    @property
    def query_weight(self) -> Tensor:
        """W."""
        return self.query.weight

    def trace_parameters(self) -> tuple[Tensor, ...]:
        """Return v."""
        return (self.score.weight,)

    def keys(self, memory: Tensor) -> Tensor:
        """Return U h + b, as wide as a query; computed once a sentence."""
        keys: Tensor = self.key(memory)
        return keys

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return v^T tanh(W s + U h + b) for every pair of a step and a source word."""
        together = self.query(query).unsqueeze(2) + keys.unsqueeze(1)  # (rows, time, source time, query size)
        scores: Tensor = self.score(together.tanh_()).squeeze(3)
        return scores
