"""Sentences of different lengths, side by side: padded to the longest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.utils.dlpack import from_dlpack

from seq2seq_cli.batch import mask_of
from seq2seq_cli.symbols import PAD

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Ragged:
    """Sentences of different lengths, one after the other."""

    tokens: Tensor  # (all tokens,) int32
    offsets: Tensor  # (sentences + 1,) where each begins

    @classmethod
    def of(cls, column: "pa.ListArray") -> "Ragged":
        """Look at a column of lists without copying its tokens."""
        return cls(_tensor(column.values), _tensor(column.offsets).long())

    def __len__(self) -> int:
        """Return the number of sentences."""
        return len(self.offsets) - 1

    def padded(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return the sentences `rows` as (batch, time) indices, padded, and their lengths (batch,).

        No rows at all give no sentences of one column, (0, 1).
        """
        offsets, chosen = self.offsets.numpy(), rows.numpy()  # small steps cost NumPy a third of torch's time
        starts = offsets[chosen]
        lengths = offsets[chosen + 1] - starts
        time = np.arange(lengths.max(initial=1))
        where = starts[:, None] + time  # (batch, time), beyond a sentence's end too
        padded = self.tokens.numpy().take(where, mode="clip").astype(np.int64)
        padded[time >= lengths[:, None]] = PAD
        return torch.from_numpy(padded), torch.from_numpy(lengths)


def pad(sentences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Return sentences as (batch, time) indices, padded, and their lengths (batch,)."""
    lengths = torch.tensor([len(sentence) for sentence in sentences])
    padded = torch.full((len(sentences), int(lengths.max())), PAD)
    padded[mask_of(lengths, padded.shape[1])] = torch.tensor([i for sentence in sentences for i in sentence])
    return padded, lengths


def _tensor(array: "pa.Array") -> Tensor:
    return from_dlpack(array) if len(array) else torch.empty(0, dtype=torch.int32)
