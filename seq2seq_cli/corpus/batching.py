"""From a prepared part to batches: buckets of like length, padding, order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import torch
from torch import Tensor
from torch.utils.dlpack import from_dlpack

from seq2seq_cli.batch import Batch, mask_of
from seq2seq_cli.corpus.dataset import Part
from seq2seq_cli.symbols import PAD

_BATCHES_A_POOL = 100  # sentences are sorted by length within so many batches


@dataclass(frozen=True)
class Ragged:
    """Sentences of different lengths, one after the other."""

    tokens: Tensor  # (all tokens,) int32
    offsets: Tensor  # (sentences + 1,) where each begins

    @classmethod
    def of(cls, column: pa.ListArray) -> "Ragged":
        """Look at a column of lists without copying its tokens."""
        return cls(_tensor(column.values), _tensor(column.offsets).long())

    def __len__(self) -> int:
        """Return the number of sentences."""
        return len(self.offsets) - 1

    def lengths(self, rows: Tensor) -> Tensor:
        """Return the true lengths of the sentences `rows`, (n,)."""
        return self.offsets[rows + 1] - self.offsets[rows]

    def padded(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return the sentences `rows` as (batch, time) indices, padded, and their lengths (batch,)."""
        starts, lengths = self.offsets[rows], self.lengths(rows)
        time = int(lengths.max())
        present = mask_of(lengths, time)  # (batch, time)
        where = (starts[:, None] + torch.arange(time)).where(present, starts[:, None])
        return self.tokens[where].long().masked_fill(~present, PAD), lengths


class Batches:
    """The batches of a part, in an order that depends on nothing but the seed and the epoch.

    Args:
        part: sentence pairs.
        batch_size: sentence pairs a batch.
        seed: decides the order.
    """

    def __init__(self, part: Part, batch_size: int, seed: int = 0) -> None:
        self.source = Ragged.of(part.source_ids)
        self.target = Ragged.of(part.target_ids)
        self.batch_size = batch_size
        self.seed = seed

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return -(-len(self.source) // self.batch_size)

    def shuffled(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch in random order, each of sentences of like length.

        Args:
            epoch: every epoch has an order of its own.
            start: how many batches to pass over, to go on in the middle.
        """
        generator = torch.Generator().manual_seed((self.seed * 1_000_003 + epoch) % 2**63)
        rows = torch.randperm(len(self.source), generator=generator)
        batches: list[Tensor] = []
        for pool in _pieces(rows, self.batch_size * _BATCHES_A_POOL):
            batches.extend(_pieces(self._by_length(pool), self.batch_size))
        for i in torch.randperm(len(batches), generator=generator)[start:].tolist():
            yield self.batch(batches[i])

    def in_order(self) -> Iterator[tuple[Tensor, Batch]]:
        """Yield all batches from the shortest sentences to the longest, with the rows that they hold."""
        everything = torch.arange(len(self.source))
        everything = self._by_length(everything) if len(everything) else everything
        for rows in _pieces(everything, self.batch_size):
            yield rows, self.batch(rows)

    def batch(self, rows: Tensor) -> Batch:
        """Return the sentence pairs `rows`, (batch,) indices."""
        return Batch(*self.source.padded(rows), *self.target.padded(rows))

    def _by_length(self, rows: Tensor) -> Tensor:
        """Sort rows by the length of the source, then of the target; the order among equals stays."""
        source, target = self.source.lengths(rows), self.target.lengths(rows)
        return rows[(source * (int(target.max()) + 1) + target).argsort(stable=True)]


def pad(sentences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Return sentences as (batch, time) indices, padded, and their lengths (batch,)."""
    lengths = torch.tensor([len(sentence) for sentence in sentences])
    padded = torch.full((len(sentences), int(lengths.max())), PAD)
    padded[mask_of(lengths, padded.shape[1])] = torch.tensor([i for sentence in sentences for i in sentence])
    return padded, lengths


def _pieces(rows: Tensor, size: int) -> list[Tensor]:
    """Cut rows into pieces of `size`, the last of what is left; nothing into no pieces."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _tensor(array: pa.Array) -> Tensor:
    return from_dlpack(array) if len(array) else torch.empty(0, dtype=torch.int32)
