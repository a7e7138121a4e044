"""Packing: ragged sentences without their padding, lined up in the order in which a layer reads them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_cli.batch import mask_of


@dataclass(frozen=True)
class Packing:
    """Which tokens of a padded batch stand where once the padding is gone.

    First the first token of every sentence, then every second token, and so on; the longest sentence comes
    first, so those that are still going at a step are the first rows of the step before:

        a b c        step 1: a d f      sizes (3, 2, 1)
        d e     ->   step 2: b e
        f            step 3: c
    """

    sizes: tuple[int, ...]  # how many sentences take each step; falls
    order: Tensor  # (batch,) the sentences, the longest first
    index: Tensor  # (tokens,) each packed row's place in the flattened (batch * time)
    place: Tensor  # (batch,) where in that order each sentence of the batch is
    time: int

    @classmethod
    def of(cls, lengths: Tensor, time: int, *, backward_in_time: bool = False) -> "Packing":
        """Return how sentences of these true lengths, (batch,), are packed; or how each is from its end."""
        descending, order = lengths.sort(descending=True, stable=True)
        present = mask_of(descending, time).t()  # (time, batch)
        sizes = present.sum(1)
        steps = torch.arange(time, device=lengths.device)
        steps = steps.unsqueeze(1)  # (time, 1)
        index = (order * time + (descending - 1 - steps if backward_in_time else steps))[present]
        place = torch.empty_like(order)
        place[order] = torch.arange(len(order), device=order.device)
        return cls(tuple(size for size in sizes.tolist() if size), order, index, place, time)

    def pack(self, padded: Tensor) -> Tensor:
        """Leave the padding out: (batch, time, size) -> (tokens, size)."""
        return padded.flatten(0, 1).index_select(0, self.index)

    def unpack(self, rows: Tensor) -> Tensor:
        """Put zeros where the padding was: (tokens, size) -> (batch, time, size)."""
        padded = rows.new_zeros(len(self.order) * self.time, rows.shape[1])
        return padded.index_copy(0, self.index, rows).view(len(self.order), self.time, -1)
