"""The greatest of many numbers, row by row."""

import torch
from torch import Tensor

_CHUNK = 64


def likeliest(scores: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the `count` greatest of each row and where they stand, both (rows, count), the greatest first.

    They are Tensor.topk's. On CPUs, whose kernels for places are many times slower than those for maxima,
    only chunks whose greatest is among the greatest of all chunks are looked at: no other can hold one.
    Of one alone, the first among equals is taken.

    Args:
        scores: (rows, vocabulary).
        count: how many, at most the vocabulary.
    """
    chunks = scores.shape[1] // _CHUNK
    if chunks <= 2 * count or scores.device.type != "cpu":
        return _top(scores, count)
    cut = scores.unfold(1, _CHUNK, _CHUNK)  # (rows, chunks, chunk), a view
    best = _top(cut.amax(dim=2), count)[1]  # (rows, count)
    held = cut.gather(1, best.unsqueeze(2).expand(-1, -1, _CHUNK)).flatten(1)
    values, place = _top(torch.cat([held, scores[:, chunks * _CHUNK :]], dim=1), count)
    chunk = best.gather(1, (place // _CHUNK).clamp(max=count - 1))
    behind = place + (chunks - count) * _CHUNK  # of what is left over behind the last chunk
    return values, torch.where(place < count * _CHUNK, chunk * _CHUNK + place % _CHUNK, behind)


def _top(scores: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the greatest of each row; max promises the first among equals, and is quicker than topk."""
    values, places = scores.max(dim=1, keepdim=True) if count == 1 else scores.topk(count, dim=1)
    return values, places
