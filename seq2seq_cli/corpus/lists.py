"""Many short lists in two flat arrays, as Arrow keeps them: nothing here loops over the lists."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Integers = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lists:
    """Lists of integers, one after the other.

    Attributes:
        values: what they hold, (all values,).
        offsets: where each begins, and where the last one ends, (lists + 1,).
    """

    values: Integers
    offsets: Offsets

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> "Lists":
        """Pack Python's lists."""
        lengths = np.fromiter(map(len, lists), np.int64, len(lists))
        values = np.fromiter((value for each in lists for value in each), np.int32, int(lengths.sum()))
        return cls(values, offsets_of(lengths))

    @classmethod
    def single(cls, values: Integers) -> "Lists":
        """Return lists of one value each."""
        return cls(values, np.arange(len(values) + 1))

    @classmethod
    def of_arrow(cls, array: pa.ListArray) -> "Lists":
        """Look at a column of lists of int32."""
        offsets = array.offsets.to_numpy().astype(np.int64)
        values = array.values.to_numpy()[offsets[0] : offsets[-1]]
        return cls(values, offsets - offsets[0])

    def to_arrow(self) -> pa.ListArray:
        """Return them as a column."""
        return pa.ListArray.from_arrays(pa.array(self.offsets, pa.int32()), pa.array(self.values, pa.int32()))

    def __len__(self) -> int:
        """Return the number of lists."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> Offsets:
        """How many values each list holds, (lists,)."""
        return np.diff(self.offsets)

    def positions(self) -> Offsets:
        """Return each value's place in its own list, (all values,)."""
        return np.arange(len(self.values)) - np.repeat(self.offsets[:-1], self.lengths)

    def take(self, rows: npt.NDArray[np.integer]) -> "Lists":
        """Return the lists `rows`, in that order."""
        if len(self.values) == len(self) and (self.lengths == 1).all():  # nothing to unfold
            return Lists.single(self.values[rows])
        starts, lengths = self.offsets[rows], self.lengths[rows]
        offsets = offsets_of(lengths)
        where = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return Lists(self.values[where], offsets)

    def unfold(self, table: "Lists") -> "Lists":
        """Put in the place of each value the list that a table has for it."""
        taken = table.take(self.values)
        return Lists(taken.values, taken.offsets[self.offsets])


def offsets_of(lengths: npt.NDArray[np.integer]) -> Offsets:
    """Return where lists of these lengths begin and end, laid one after the other."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
