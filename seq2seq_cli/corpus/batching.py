"""From a prepared part to batches: windows that fit into memory, like lengths, random order."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import Protocol

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from seq2seq_cli.batch import Batch
from seq2seq_cli.corpus.cutting import CUTS, Longest, by_length
from seq2seq_cli.corpus.ragged import Ragged, pad

__all__ = ["WINDOW_ROWS", "Batches", "Part", "Ragged", "pad"]

WINDOW_ROWS = 262_144
"""About so many sentence pairs are in memory, and sorted by length, at a time."""


class Part(Protocol):
    """Sentence pairs in chunks, which are read when they are asked for."""

    @property
    def chunk_rows(self) -> tuple[int, ...]:
        """The number of pairs in each chunk."""
        ...

    def ids(self, chunks: Sequence[int]) -> tuple[pa.ListArray, pa.ListArray]:
        """Return the token indices of sources and targets, chunk after chunk, in memory of their own."""
        ...

    def lengths(self, chunks: Sequence[int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the lengths of sources and targets, chunk after chunk, <eos> counted."""
        ...


class Batches:
    """The batches of a part, in an order that depends on nothing but the seed and the epoch.

    The part is read in windows of about WINDOW_ROWS pairs; which chunks share a window is drawn once, by
    the seed, so that a part sorted by length or by topic is mixed. An epoch has the windows in an order of
    its own, and in each the batches.

    Args:
        part: sentence pairs.
        batch_size: the size of a batch, all ranks together.
        by: what the size counts; a name from CUTS.
        seed: decides the order.
        rank: which share of every batch `shuffled` yields: each `ranks`-th pair, from this one on.
        ranks: how many shares there are.

    Raises:
        UnknownNameError: `by` is no name from CUTS.
    """

    def __init__(
        self,
        part: Part,
        batch_size: int,
        *,
        by: str = "sentences",
        seed: int = 0,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        if batch_size < 1 or not 0 <= rank < ranks:
            raise ValueError(f"batch size {batch_size}, rank {rank} of {ranks}")
        self.part = part
        self.seed = seed
        self._cut = partial(CUTS[by], batch_size)
        self._share = slice(rank, None, ranks)
        self._windows = _windows(part.chunk_rows, _permutation(len(part.chunk_rows), seed))

    def __len__(self) -> int:
        """Return the number of batches in an epoch, the same for all epochs and ranks."""
        return sum(self._counts)

    def shuffled(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch in random order, each of sentences of like length.

        A batch of fewer pairs than there are ranks leaves nothing to some of them: a Batch of no rows, with
        one column.

        Args:
            epoch: every epoch has an order of its own.
            start: how many batches to pass over, to go on in the middle.
        """
        for i in _permutation(len(self._windows), self.seed, epoch).tolist():
            if start and start >= self._counts[i]:  # counted only if there is something to pass over
                start -= self._counts[i]
                continue
            yield from self._shuffled_window(i, epoch, start)
            start = 0

    def in_order(self) -> Iterator[tuple[Tensor, Batch]]:
        """Yield every pair once, with the rows of the part that each batch holds, (batch,).

        Windows come in the part's own order, each from the shortest sentences to the longest. Ranks do
        not matter here.
        """
        first = 0
        for chunks in _windows(self.part.chunk_rows, np.arange(len(self.part.chunk_rows))):
            yield from self._window_in_order(chunks, first)
            first += self._pairs(chunks)

    def _shuffled_window(self, i: int, epoch: int, start: int) -> Iterator[Batch]:
        chunks = self._windows[i]
        order = _permutation(self._pairs(chunks), self.seed, epoch, i, 0)
        window = _Window(self.part.ids(chunks), order, self._cut)
        for j in _permutation(len(window), self.seed, epoch, i, 1)[start:].tolist():
            yield window.batch(window.rows(j)[self._share])

    def _window_in_order(self, chunks: list[int], first: int) -> Iterator[tuple[Tensor, Batch]]:
        window = _Window(self.part.ids(chunks), np.arange(self._pairs(chunks)), self._cut)
        for rows in map(window.rows, range(len(window))):
            yield rows + first, window.batch(rows)

    def _pairs(self, chunks: list[int]) -> int:
        return sum(self.part.chunk_rows[chunk] for chunk in chunks)

    @cached_property
    def _counts(self) -> list[int]:
        """The number of batches in each window."""

        def longest(chunks: list[int]) -> NDArray[np.integer]:
            source, target = self.part.lengths(chunks)
            return np.maximum(source, target)[by_length(source, target)]

        return [len(self._cut(self._pairs(chunks), partial(longest, chunks))) - 1 for chunks in self._windows]


class _Window:
    """Sentence pairs in memory, sorted by length and cut into batches.

    Args:
        columns: token indices of sources and targets.
        order: a permutation of the pairs; it stays among those of the same lengths.
        cut: number of pairs, their lengths -> where batches begin and end.
    """

    def __init__(
        self,
        columns: tuple[pa.ListArray, pa.ListArray],
        order: NDArray[np.int64],
        cut: Callable[[int, Longest], list[int]],
    ) -> None:
        self.source, self.target = map(Ragged.of, columns)
        source, target = (side.offsets.diff().numpy()[order] for side in (self.source, self.target))
        ranked = by_length(source, target)
        self._rows = torch.from_numpy(order[ranked])
        self._bounds = cut(len(self.source), lambda: np.maximum(source, target)[ranked])

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self._bounds) - 1

    def rows(self, i: int) -> Tensor:
        """Return the rows of a batch, (batch,) indices."""
        return self._rows[self._bounds[i] : self._bounds[i + 1]]

    def batch(self, rows: Tensor) -> Batch:
        """Return the sentence pairs `rows`, (batch,) indices."""
        return Batch(*self.source.padded(rows), *self.target.padded(rows))


def _windows(chunk_rows: Sequence[int], order: NDArray[np.int64]) -> list[list[int]]:
    """Divide the chunks, taken in an order, among windows of like size.

    A window has at most WINDOW_ROWS pairs and the rest of its last chunk; its chunks are then named as
    they lie in the part. Chunks without pairs are left out.
    """
    rows = np.array(chunk_rows, dtype=np.int64)
    order = order[rows[order] > 0]
    if not len(order):
        return []
    pairs = int(rows.sum())
    share = -(-pairs // -(-pairs // WINDOW_ROWS))  # as many windows as need be, and those alike
    begins = rows[order].cumsum() - rows[order]
    windows = np.split(order, np.flatnonzero(np.diff(begins // share)) + 1)
    return [sorted(window.tolist()) for window in windows]


def _permutation(size: int, *key: int) -> NDArray[np.int64]:
    """Return a random order of 0, ..., size - 1 that depends on the key's numbers and nothing else."""
    digest = hashlib.sha256(repr(key).encode()).digest()  # torch looks at 32 bits of a seed: mix them all in
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:8], "big"))
    return torch.randperm(size, generator=generator).numpy()
