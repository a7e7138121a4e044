"""Scores by the length of the source."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from seq2seq_cli.evaluation.outcome import Outcome
from seq2seq_cli.evaluation.summary import LengthBin

_MOST_BINS = 6


def by_length(outcome: Outcome, most: int = _MOST_BINS) -> tuple[LengthBin, ...]:
    """Return the scores of short sentences, of longer ones, ... in at most so many bins.

    Each bin but the last has at least its share of all sentences, so that no score hangs on a few.
    """
    lengths = outcome.source.lengths - 1  # without <eos>
    return tuple(
        LengthBin(
            first,
            last,
            len(rows),
            *(outcome.statistics(name).score(rows) for name in ("bleu", "chrf", "exact_match", "loss")),
        )
        for first, last in _bounds(lengths, most)
        if len(rows := np.flatnonzero((first <= lengths) & (lengths <= last)))
    )


def _bounds(lengths: npt.NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Yield the least and the greatest length of each bin; what is left at the end joins the last."""
    share, counts = len(lengths) / most, np.bincount(lengths)
    present = np.flatnonzero(counts).tolist()
    first, gathered, left = present[0], 0, len(lengths)
    for length in present:
        gathered += int(counts[length])
        left -= int(counts[length])
        if gathered >= share and left >= share:
            yield first, length
            first, gathered = length + 1, 0
    yield first, present[-1]
