"""One pass of scored attention over packed target sentences, there and back."""

import math
from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_cli.models.attention.trace import AttentionTrace, Memory
from seq2seq_cli.models.cells.trace import tanh_backward


class ScoredTrace(AttentionTrace):
    """Scores, a softmax, a mean, and back-propagation through them.

    With α = softmax(e) and c = Σ_j α_j v_j, from the gradient δc,

        δα_j = v_j · δc
        δe_j = α_j (δα_j - Σ_k α_k δα_k)
        δv_j = Σ_t α_tj δc_t

    the last as one product a sentence over all steps. How δe goes on to query and keys is the variants'
    affair.
    """

    def __init__(self, memory: Memory, sizes: Sequence[int], *parameters: Tensor) -> None:
        super().__init__(memory, sizes)
        batch, source_time, value_size = memory.values.shape
        zeros = memory.values.new_zeros
        self._closed = zeros(batch, source_time).masked_fill_(~memory.mask, -math.inf)
        self.weights = zeros(batch, len(sizes), source_time)
        self._d_contexts = zeros(batch, len(sizes), value_size)

    def forward(self, t: int, query: Tensor) -> Tensor:
        """Return the context of step t, (sentences, value size)."""
        n = len(query)
        weights = self.scores(t, query).add_(self._closed[:n]).softmax(dim=1)  # (sentences, source time)
        self.weights[:n, t] = weights
        return torch.bmm(weights.unsqueeze(1), self.memory.values[:n]).squeeze(1)

    def backward(self, t: int, d_context: Tensor) -> Tensor:
        """Go back over step t."""
        n = len(d_context)
        self._d_contexts[:n, t] = d_context
        d_weights = torch.bmm(d_context.unsqueeze(1), self.memory.values[:n].transpose(1, 2)).squeeze(1)
        weighed = d_weights.mul_(self.weights[:n, t])
        d_scores = torch.addcmul(weighed, self.weights[:n, t], weighed.sum(1, keepdim=True), value=-1)
        return self.d_query(t, d_scores)

    def d_memory(self) -> tuple[Tensor, Tensor]:
        """Return the gradients in values and keys."""
        return torch.bmm(self.weights.transpose(1, 2), self._d_contexts), self.d_keys()

    @abstractmethod
    def scores(self, t: int, query: Tensor) -> Tensor:
        """Return e of step t, (sentences, source time)."""

    @abstractmethod
    def d_query(self, t: int, d_scores: Tensor) -> Tensor:
        """Return δ in the query of step t, for δe."""

    @abstractmethod
    def d_keys(self) -> Tensor:
        """Return δ in the keys, after the last step back."""


class DotTrace(ScoredTrace):
    """A score e_j = s · k_j, so that δs = Σ_j δe_j k_j and δk_j = Σ_t δe_tj s_t."""

    def __init__(self, memory: Memory, sizes: Sequence[int], *parameters: Tensor) -> None:
        super().__init__(memory, sizes)
        batch, _, key_size = memory.keys.shape
        self._queries = memory.keys.new_zeros(batch, len(sizes), key_size)
        self._d_scores = torch.zeros_like(self.weights)

    def scores(self, t: int, query: Tensor) -> Tensor:
        """Return s · k for every word of the source."""
        self._queries[: len(query), t] = query
        return torch.bmm(query.unsqueeze(1), self.memory.keys[: len(query)].transpose(1, 2)).squeeze(1)

    def d_query(self, t: int, d_scores: Tensor) -> Tensor:
        """Return δs."""
        self._d_scores[: len(d_scores), t] = d_scores
        return torch.bmm(d_scores.unsqueeze(1), self.memory.keys[: len(d_scores)]).squeeze(1)

    def d_keys(self) -> Tensor:
        """Return δk."""
        return torch.bmm(self._d_scores.transpose(1, 2), self._queries)


class AdditiveTrace(ScoredTrace):
    """A score e_j = v · u_j, with u_j = tanh(W s + k_j).

    By the chain rule,

        δ(W s + k_j) = v ⊙ δe_j (1 - u_j²)      δv = Σ_t Σ_j δe_tj u_tj

    and δk_j is the sum of the first over the steps, δ(W s) that over the source's words, both multiplied by
    v once it is summed. u, the largest of all tensors here, is computed again on the way back and not kept.
    """

    def __init__(self, memory: Memory, sizes: Sequence[int], *parameters: Tensor) -> None:
        super().__init__(memory, sizes)
        keys, (score,) = memory.keys, parameters
        self.score = score.flatten()  # v
        self._u, self._d_together = torch.empty_like(keys), torch.empty_like(keys)  # of one step
        self._queries: list[Tensor] = []  # W s of each step

    def scores(self, t: int, query: Tensor) -> Tensor:
        """Return v · u for every word of the source."""
        self._queries.append(query)
        u = self._together(t)
        return torch.mv(u.view(-1, u.shape[2]), self.score).view(u.shape[:2])

    def turn(self) -> None:
        """Begin the way back, with gradients of zero."""
        self._d_keys, self._d_score = torch.zeros_like(self.memory.keys), torch.zeros_like(self.score)

    def d_query(self, t: int, d_scores: Tensor) -> Tensor:
        """Return δ(W s)."""
        n = len(d_scores)
        u, d_together = self._together(t), self._d_together[:n]
        self._d_score.addmv_(u.view(-1, u.shape[2]).t(), d_scores.flatten())
        tanh_backward(d_scores.unsqueeze(2), u, out=d_together)
        self._d_keys[:n].add_(d_together)
        return d_together.sum(1).mul_(self.score)

    def d_keys(self) -> Tensor:
        """Return δk."""
        return self._d_keys * self.score

    def d_parameters(self) -> tuple[Tensor, ...]:
        """Return δv."""
        return (self._d_score.unsqueeze(0),)

    def _together(self, t: int) -> Tensor:
        """Return u of step t, (sentences, source time, key size)."""
        query = self._queries[t]
        n = len(query)
        return torch.add(self.memory.keys[:n], query.unsqueeze(1), out=self._u[:n]).tanh_()
