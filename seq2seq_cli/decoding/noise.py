"""Random numbers that are functions of what they are for, so that no other number's drawing changes them."""

import torch
from torch import Tensor

from seq2seq_cli.batch import mask_of

_GOLDEN = 0x9E3779B97F4A7C15 - 2**64
_FIRST, _SECOND = 0xBF58476D1CE4E5B9 - 2**64, 0x94D049BB133111EB - 2**64
_POSITIVE = 2**63 - 1


def mixed(x: Tensor) -> Tensor:
    """Return 64 bits that look random for 64 bits that need not (Steele, Lea & Flood 2014, figure 13)."""
    x = (x ^ _shifted(x, 30)) * _FIRST
    x = (x ^ _shifted(x, 27)) * _SECOND
    return x ^ _shifted(x, 31)


def drawn(key: Tensor, n: Tensor | int) -> Tensor:
    """Return the n-th number of the generators, SplitMix64, that were seeded with the keys."""
    return mixed(key + torch.as_tensor(n, device=key.device) * _GOLDEN)


def keys(source: Tensor, lengths: Tensor, seed: int, draws: int) -> Tensor:
    """Return a key for each of several draws of each sentence, (sentences * draws,), sentence by sentence.

    Args:
        source: (sentences, time), of which the true tokens count and the padding doesn't.
        lengths: (sentences,) true lengths.
        seed: gives every sentence another key.
        draws: how many.
    """
    place, count = (torch.arange(n, device=source.device) for n in (source.shape[1], draws))
    words = drawn(mixed(place), source)  # the same word elsewhere is another number
    told = words.where(mask_of(lengths, source.shape[1]), 0).sum(dim=1)
    return drawn(drawn(told, seed).unsqueeze(1), count).flatten()


def gumbel(keys: Tensor, t: int, words: Tensor) -> Tensor:
    """Return numbers of the standard Gumbel distribution, (rows, words).

    Whatever is the greatest of log p + Gumbel noise is distributed as p (Gumbel 1954).

    Args:
        keys: (rows,).
        t: the step.
        words: (words,) or (rows, words), which have noise of their own each.
    """
    bits = drawn(drawn(keys, t).unsqueeze(1), words) & _POSITIVE
    uniform = bits.float().mul_(2.0**-63)  # from 0 to 1, fine near 0, where the greatest noise comes from
    return uniform.neg_().log1p_().neg_().log_().neg_()


def _shifted(x: Tensor, bits: int) -> Tensor:
    """Return x shifted to the right, filled up with zeros."""
    return (x >> bits) & ((1 << (64 - bits)) - 1)
