"""Which pairs are kept, and why the others are not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from seq2seq_cli.corpus.prepare.sentences import Sentences

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Filter:
    """Judges pairs by the words of both columns, as they stand in the source.

    Attributes:
        max_length: both sides have fewer words than this.
        max_length_ratio: the longer side has at most so many times the words of the shorter; None for any.
        prefixes: the first column begins with one of these, word by word; empty to admit all.
        drop_identical: whether the two sides must differ.
    """

    max_length: int
    max_length_ratio: float | None = None
    prefixes: Sequence[Sequence[str]] = ()
    drop_identical: bool = False

    def reasons(self, first: Sentences, second: Sentences) -> Iterator[tuple[str, Mask]]:
        """Yield each reason to drop pairs, and for which it holds, (pairs,); the first that holds counts."""
        shorter = np.minimum(first.lengths, second.lengths)
        longer = np.maximum(first.lengths, second.lengths)
        yield "empty", shorter == 0
        yield "too long", longer >= self.max_length
        if self.max_length_ratio is not None:
            yield "length ratio", longer > self.max_length_ratio * shorter
        if self.prefixes:
            admitted = np.zeros(len(first), bool)
            for prefix in self.prefixes:
                admitted |= first.begin_with(pa.array(prefix, pa.string()))
            yield "other beginning", ~admitted
        if self.drop_identical:
            yield "identical sides", first.hashes == second.hashes
