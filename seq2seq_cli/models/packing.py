"""Packing: ragged sentences without their padding, lined up in the order in which a layer reads them."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

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

    lengths: Tensor  # (batch,) the true ones
    sizes: tuple[int, ...]  # how many sentences take each step; falls
    order: Tensor  # (batch,) the sentences, the longest first
    index: Tensor  # (tokens,) each packed row's place in the flattened (batch * time)
    place: Tensor  # (batch,) where in that order each sentence of the batch is
    time: int

    @classmethod
    def of(cls, lengths: Tensor, time: int) -> "Packing":
        """Return how sentences of these true lengths, (batch,), are packed."""
        descending, order = lengths.sort(descending=True, stable=True)
        present = mask_of(descending, time).t()  # (time, batch)
        sizes = present.sum(1)
        steps = torch.arange(time, device=lengths.device)
        index = (order * time + steps.unsqueeze(1))[present]
        taken = tuple(size for size in sizes.tolist() if size)
        return cls(lengths, taken, order, index, _inverse(order), time)

    def from_their_ends(self) -> "Packing":
        """Return how the same sentences are packed when each is read from its last token to its first."""
        sentence, step = self.index // self.time, self.index % self.time
        return replace(self, index=sentence * self.time + self.lengths[sentence] - 1 - step)

    @cached_property
    def full(self) -> bool:
        """Whether there is no padding, as in many batches of like lengths; sentences keep their order."""
        return len(self.index) == len(self.order) * self.time

    @cached_property
    def _origin(self) -> Tensor:
        """Where each token of the flattened batch is packed, (batch * time,), if there is no padding."""
        return _inverse(self.index)

    def sorted(self, rows: Tensor) -> Tensor:
        """Return a row a sentence, (batch, ...), the longest first."""
        return rows if self.full else _rearranged(rows, self.order, self.place)

    def restored(self, rows: Tensor) -> Tensor:
        """Return what `sorted` returned, (batch, ...), in the order of the batch."""
        return rows if self.full else _rearranged(rows, self.place, self.order)

    def by_sentence(self, rows: Tensor) -> Tensor:
        """Return packed rows, (tokens, size), sentence after sentence."""
        if self.full:
            return self.unpack(rows).flatten(0, 1)
        order = self.index.argsort()
        return _rearranged(rows, order, _inverse(order))

    def pack(self, padded: Tensor) -> Tensor:
        """Leave the padding out: (batch, time, size) -> (tokens, size)."""
        flat = padded.flatten(0, 1)
        if self.full:
            return _rearranged(flat, self.index, self._origin)
        return flat.index_select(0, self.index)

    def unpack(self, rows: Tensor) -> Tensor:
        """Put zeros where the padding was: (tokens, size) -> (batch, time, size)."""
        if self.full:
            flat = _rearranged(rows, self._origin, self.index)
        else:
            flat = rows.new_zeros(len(self.order) * self.time, rows.shape[1]).index_copy(0, self.index, rows)
        return flat.view(len(self.order), self.time, rows.shape[1])


class _Rearranged(torch.autograd.Function):
    """All rows in another order. Back, they are gathered, too, not added up: each was there once."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, order: Tensor, place: Tensor) -> Tensor:
        """Return rows, (n, ...), in an order, (n,), where `place` is its inverse."""
        ctx.save_for_backward(order, place)
        return rows.index_select(0, order)

    @staticmethod
    def backward(ctx: Any, d_rows: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradient in the rows."""
        order, place = ctx.saved_tensors
        return _rearranged(d_rows, place, order), None, None


def _rearranged(rows: Tensor, order: Tensor, place: Tensor) -> Tensor:
    """Return all rows, (n, ...), in an order, (n,), where `place` is its inverse."""
    rearranged: Tensor = _Rearranged.apply(rows, order, place)  # type: ignore[no-untyped-call]
    return rearranged


def _inverse(order: Tensor) -> Tensor:
    """Return where in an order, (n,), each row is."""
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order), device=order.device)
    return place
