"""Scores that are a mean: over sentences, or over words."""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from seq2seq_cli.metrics import formulas
from seq2seq_cli.metrics.statistics import Formula, Numbers, Statistics


def count_exact_match(outputs: Sequence[str], references: Sequence[Collection[str]]) -> Statistics:
    """Count the outputs that are one of their references to the letter; the score is per cent."""
    matches = np.array([output in right for output, right in zip(outputs, references, strict=True)], float)
    return _of(matches, np.ones_like(matches), formulas.per_cent)


def count_accuracy(right: npt.ArrayLike, words: npt.ArrayLike) -> Statistics:
    """Count words that were right, (sentences,), among so many words, (sentences,); the score is per cent."""
    return _of(right, words, formulas.per_cent)


def count_loss(nats: npt.ArrayLike, words: npt.ArrayLike) -> Statistics:
    """Add up -log p of sentences, (sentences,), of so many words, (sentences,); the score is nats a word."""
    return _of(nats, words, formulas.mean)


def count_perplexity(nats: npt.ArrayLike, words: npt.ArrayLike) -> Statistics:
    """Return the same with e to that power as the score."""
    return _of(nats, words, formulas.exponential)


def _of(sums: npt.ArrayLike, numbers: npt.ArrayLike, formula: Formula) -> Statistics:
    counts: Numbers = np.stack([np.asarray(sums, float), np.asarray(numbers, float)], axis=1)
    return Statistics(counts, formula, formula)
