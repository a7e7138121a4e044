"""What is counted of each sentence, so that the score of any of them together follows from sums."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

Formula = Callable[[Numbers], Numbers]
"""From counts, (..., counts), to scores, (...)."""


@dataclass(frozen=True)
class Statistics:
    """One metric's counts of some outputs.

    The score of a corpus is no mean of its sentences' scores: counts are added up first. So the same counts
    give the score of a corpus, of each sentence, of those of a certain length, and of a thousand resamples.

    Attributes:
        counts: (sentences, counts).
        formula: what makes a score of them.
        of_sentence: the same for single sentences, where metrics differ in that.
        signature: sacreBLEU's, which says how the score was computed; empty for scores of our own.
    """

    counts: Numbers
    formula: Formula
    of_sentence: Formula
    signature: str = ""

    def score(self, rows: Rows | slice = slice(None)) -> float:
        """Return the score of some sentences together; without any, that of counts that are all 0."""
        return float(self.formula(self.counts[rows].sum(axis=0)))

    def sentences(self, rows: Rows | slice = slice(None)) -> Numbers:
        """Return the score of each sentence by itself, (sentences,)."""
        return self.of_sentence(self.counts[rows])
