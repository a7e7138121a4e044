"""What hypotheses of different lengths are compared by."""

from collections.abc import Callable

import torch
from torch import Tensor

from seq2seq_cli.batch import mask_of
from seq2seq_cli.registry import Registry


def plain(length: Tensor, penalty: float) -> Tensor:
    """Return |Y|^α: with α = 1, hypotheses are ranked by the mean of their words' log-probabilities."""
    return length**penalty


def gnmt(length: Tensor, penalty: float) -> Tensor:
    """Return ((5 + |Y|) / 6)^α, which tells short outputs apart less (Wu et al. 2016, equation 14)."""
    return ((5 + length) / 6) ** penalty


LENGTH_NORMALIZATIONS: Registry[Callable[[Tensor, float], Tensor]] = Registry(
    "length normalization", {"plain": plain, "gnmt": gnmt}
)


class Ranking:
    """Scores of the hypotheses of a batch's sentences.

        score(Y) = log p(Y) / lp(|Y|) + β Σ_i log(min(Σ_j α_ij, 1))

    (Wu et al. 2016, equation 14.) |Y| counts <eos>; α_ij is how much attention the i-th token of the source
    has at the j-th word of Y.

    Args:
        normalization: lp, by its name.
        length_penalty: α of the length normalization.
        coverage_penalty: β.
        horizon: no hypothesis is longer.
        source_lengths: (sentences,).
    """

    def __init__(
        self,
        normalization: str,
        length_penalty: float,
        coverage_penalty: float,
        horizon: int,
        source_lengths: Tensor,
    ) -> None:
        lengths = torch.arange(1, horizon + 1, device=source_lengths.device).float()
        self._divisors = LENGTH_NORMALIZATIONS[normalization](lengths, length_penalty)
        self.coverage_penalty = coverage_penalty
        self._source_lengths = source_lengths

    def scores(self, log_p: Tensor, length: int) -> Tensor:
        """Return log p / lp(length) of hypotheses with so many words, <eos> counted."""
        return log_p / self._divisors[length - 1]

    def reach(self, log_p: Tensor, longest: Tensor) -> Tensor:
        """Return a score that no continuation of a beginning exceeds.

        More words make log p smaller, and the penalty for what is not covered is at most 0; so the best that
        can come is that the rest is certain and as long as it may be.

        Args:
            log_p: (sentences,) of their beginnings.
            longest: (sentences,) the greatest length, which is never more than the horizon.
        """
        return log_p / self._divisors[longest - 1]

    def uncovered(self, attended: Tensor, sentence: Tensor) -> Tensor:
        """Return the summand for coverage, (sentences, beginnings), never positive.

        Args:
            attended: (sentences, beginnings, source time) how much attention each source token has had.
            sentence: (sentences,) which ones they are.
        """
        least = torch.finfo(attended.dtype).tiny  # what has had none at all: bad, but not infinitely so
        there = mask_of(self._source_lengths[sentence], attended.shape[2]).unsqueeze(1)
        return self.coverage_penalty * (attended.clamp(least, 1).log() * there).sum(dim=2)
