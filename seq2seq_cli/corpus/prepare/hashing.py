"""Sentences as 64-bit numbers, so that ten million of them can be compared in a few hundred megabytes.

Two different sentences have the same number with a chance of 2^-64. That there are any such two among twenty
million has a chance of one in 90,000; it would cost a pair, dropped as a duplicate, or join two
groups in the split.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from seq2seq_cli.corpus.lists import Lists, Offsets

Hashes = npt.NDArray[np.uint64]

_PARTS_AT_A_TIME = 1 << 20  # each takes a hundred bytes of memory for a moment
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mix(numbers: Hashes) -> Hashes:
    """Return numbers in which every bit depends on every bit (splitmix64; Steele, Lea & Flood 2014)."""
    mixed: Hashes = numbers + _GOLDEN
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def hash_words(words: pa.StringArray) -> Hashes:
    """Return a number for each word, (words,), that its UTF-8 bytes decide."""
    binary = words.cast(pa.binary())
    offsets = np.frombuffer(binary.buffers()[1], np.int32)[binary.offset : binary.offset + len(binary) + 1]
    data = binary.buffers()[2]
    bytes_ = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]] if data else np.empty(0, np.uint8)
    return _combine(bytes_, (offsets - offsets[0]).astype(np.int64))


def hash_sentences(sentences: Lists, words: Hashes) -> Hashes:
    """Return a number for each sentence, (sentences,), that its words and their order decide.

    Args:
        sentences: which word stands where.
        words: the numbers of the words.
    """
    return _combine(words[sentences.values], sentences.offsets)


def _combine(parts: npt.NDArray[np.unsignedinteger], offsets: Offsets) -> Hashes:
    """Sum up modulo 2^64 what the parts and their places give, for each list that the offsets mark off."""
    totals = np.diff(offsets).astype(np.uint64)
    for start in range(0, len(parts), _PARTS_AT_A_TIME):
        some = parts[start : start + _PARTS_AT_A_TIME].astype(np.uint64)
        bounds = np.clip(offsets, start, start + len(some)) - start
        place = np.arange(start, start + len(some)) - np.repeat(offsets[:-1], np.diff(bounds))
        mixed_place = _PLACES[place] if place.max() < len(_PLACES) else mix(place.astype(np.uint64))
        sums = np.zeros(len(some) + 1, np.uint64)
        np.cumsum(mix(some ^ mixed_place), out=sums[1:])
        totals += sums[bounds[1:]] - sums[bounds[:-1]]
    return mix(totals)


_PLACES = mix(np.arange(1 << 12, dtype=np.uint64))
