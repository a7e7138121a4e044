"""Sentence pairs sorted by length and cut into batches: of so many sentences, or of so many tokens."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from seq2seq_cli.registry import Registry

Longest = Callable[[], NDArray[np.integer]]
"""Looks up the length of the longer sentence of every pair, <eos> counted."""

Cut = Callable[[int, int, Longest], list[int]]
"""Batch size, number of pairs, their lengths -> where batches begin and end: 0, ..., number of pairs."""


def by_length(source: NDArray[np.integer], target: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the order of pairs by the length of the source, then of the target; equals stay in theirs."""
    key = source.astype(np.int64) * (int(target.max()) + 1) + target
    return torch.from_numpy(key).argsort(stable=True).numpy()  # twice as fast as NumPy's


def by_sentences(size: int, pairs: int, _: Longest) -> list[int]:
    """Cut into as few batches of at most `size` pairs as will do; their sizes differ by one at most."""
    batches = -(-pairs // size)
    return [i * pairs // batches for i in range(batches + 1)]


def by_tokens(size: int, pairs: int, longest: Longest) -> list[int]:
    """Cut as late as leaves every batch at most `size` tokens, or a single pair.

    A batch has as many tokens as it has pairs, times the longest sentence of either side: <eos> and
    padding are counted, and what counts is the greater one of its two tensors.
    """
    lengths, bounds = longest(), [0]
    while (start := bounds[-1]) < pairs:
        some = lengths[start : start + size // int(lengths[start])]  # no batch from here on holds more
        tokens = np.maximum.accumulate(some) * np.arange(1, len(some) + 1)
        bounds.append(start + max(1, int(tokens.searchsorted(size, side="right"))))
    return bounds


CUTS: Registry[Cut] = Registry(
    "way to fill a batch",
    {
        "sentences": by_sentences,
        "tokens": by_tokens,
    },
)
