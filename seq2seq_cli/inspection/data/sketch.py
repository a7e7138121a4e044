"""A few numbers of every pair, so that ten million of them can be compared in a few hundred megabytes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from seq2seq_cli.corpus.dataset import PARTS
from seq2seq_cli.corpus.lists import Integers, Offsets, offsets_of
from seq2seq_cli.corpus.prepare.groups import number_hashes
from seq2seq_cli.corpus.sources import Pair
from seq2seq_cli.inspection.data.digest import Digest

_TELLING_CHARACTERS = 30  # shorter pairs may be of any ratio

Rows = npt.NDArray[np.bool_]
TextsOf = Callable[[Iterable[int]], dict[int, Pair]]
"""Fetches the texts of some rows."""


@dataclass(frozen=True)
class Numbered:
    """All pairs as numbers of their sentences: equal ones have equal numbers, on whichever side they stand.

    Attributes:
        bounds: where each part begins, and where the last one ends, (parts + 1,).
        source: (pairs,).
        target: (pairs,).
        sentences: how many different ones there are.
    """

    bounds: Offsets
    source: Integers
    target: Integers
    sentences: int


class Sketch:
    """What is kept of every pair, a row each, all parts one after the other.

    Args:
        sizes: how many pairs each part has.

    Attributes:
        bounds: where each part begins, and where the last one ends, (parts + 1,).
        ratios: the logarithm of how many times the characters of the target the source has, NaN where both
            sides have few characters, (pairs,).
        scripts: the script of each source and target, (2, pairs).
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.bounds = offsets_of(np.array(sizes))
        self._filled, pairs = 0, int(self.bounds[-1])
        self._hashes = np.empty((2, pairs), np.uint64)
        self.ratios = np.empty(pairs, np.float32)
        self.scripts = np.empty((2, pairs), np.uint8)

    def add(self, source: Digest, target: Digest) -> None:
        """Add the pairs of a window."""
        rows = slice(self._filled, self._filled + len(source.hashes))
        self._filled = rows.stop
        self._hashes[:, rows] = source.hashes, target.hashes
        self.scripts[:, rows] = source.scripts, target.scripts
        telling = np.maximum(source.characters, target.characters) >= _TELLING_CHARACTERS
        ratios = np.log(np.maximum(source.characters, 1) / np.maximum(target.characters, 1))
        self.ratios[rows] = np.where(telling, ratios, np.nan)

    def number(self) -> Numbered:
        """Number the sentences and forget their hashes: there is no room for both for long."""
        hashes, self._hashes = self._hashes, np.empty((2, 0), np.uint64)
        (source, target), sentences = number_hashes(*hashes)
        return Numbered(self.bounds, source, target, sentences)


def by_part(bounds: Offsets, rows: Rows) -> dict[str, int]:
    """Return how many of some rows each part has."""
    return {
        name: int(np.count_nonzero(rows[start:stop]))
        for name, (start, stop) in zip(PARTS, pairwise(bounds.tolist()), strict=True)
    }
