"""The digests of all windows of a part, added up."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from seq2seq_cli.inspection.data.digest import Digest
from seq2seq_cli.inspection.data.summary import SideSummary

_FREQUENT = 5
_MERGED_AT = 1 << 18  # so many words are gathered before equal ones are united


class Tally:
    """One side of one part.

    Args:
        size: how many indices the vocabulary has.
        words_are_tokens: whether each word has one index.
    """

    def __init__(self, size: int, words_are_tokens: bool) -> None:
        self.words_are_tokens = words_are_tokens
        self.sentences = self.tokens = self.longest = self.unknown = 0
        self.words = self.capitalised = self.in_capitals = 0
        self.known = np.zeros(size, bool)
        self.unknown_words = WordCounts()
        self.lengths: dict[int, int] = {}  # words -> sentences

    def add(self, digest: Digest) -> None:
        """Add a window."""
        self.sentences += len(digest.hashes)
        self.tokens += digest.tokens
        self.longest = max(self.longest, digest.longest)
        self.unknown += digest.unknown
        self.words += digest.words
        self.capitalised += digest.capitalised
        self.in_capitals += digest.in_capitals
        self.known[digest.known] = True
        self.unknown_words.add(digest.unknown_words, digest.unknown_counts)
        for length in np.flatnonzero(digest.lengths).tolist():
            self.lengths[length] = self.lengths.get(length, 0) + int(digest.lengths[length])

    def summary(self) -> SideSummary:
        """Return what a person wants to know."""
        lacking = len(self.unknown_words) if self.words_are_tokens else None
        known = int(np.count_nonzero(self.known))
        return SideSummary(
            self.tokens,
            self.tokens / max(self.sentences, 1),
            self.longest,
            _per_cent(self.unknown, self.tokens),
            lacking,
            self.unknown_words.most_common(_FREQUENT),
            None if lacking is None or not self.tokens else _per_cent(known, known + lacking),
            _per_cent(self.capitalised, self.sentences),
            _per_cent(self.in_capitals, self.words),
        )


class WordCounts:
    """Words and how often each was seen; millions of them have room, which Python's own dict has not."""

    def __init__(self) -> None:
        self._united = self._table(pa.array([], pa.string()), np.empty(0, np.int64))
        self._waiting: list[pa.Table] = []

    def add(self, words: pa.StringArray, counts: npt.NDArray[np.int64]) -> None:
        """Add different words and their counts."""
        self._waiting.append(self._table(words, counts))
        if sum(map(len, self._waiting)) > max(_MERGED_AT, len(self._united)):
            self._unite()

    def __len__(self) -> int:
        """Return the number of different words."""
        return len(self._unite())

    def most_common(self, most: int) -> list[tuple[str, int]]:
        """Return the most frequent words and their counts, equally frequent ones by the alphabet."""
        order = [("count", "descending"), ("word", "ascending")]
        best = self._unite().sort_by(order).slice(0, most)
        return list(zip(best.column("word").to_pylist(), best.column("count").to_pylist(), strict=True))

    def _unite(self) -> pa.Table:
        if self._waiting:
            tables = pa.concat_tables([self._united, *self._waiting])
            united = tables.group_by("word").aggregate([("count", "sum")])
            self._united = self._table(united.column("word"), united.column("count_sum"))
            self._waiting = []
        return self._united

    @staticmethod
    def _table(words: pa.StringArray, counts: npt.NDArray[np.int64]) -> pa.Table:
        return pa.table({"word": words, "count": counts})


def _per_cent(count: int, whole: int) -> float:
    return 100 * count / whole if whole else 0.0
