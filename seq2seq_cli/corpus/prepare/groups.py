"""Which pairs hang together through common sentences: connected components, without a loop over the pairs."""

import numpy as np
import numpy.typing as npt

from seq2seq_cli.corpus.lists import Integers
from seq2seq_cli.corpus.prepare.hashing import Hashes

_ROWS_AT_A_TIME = 1 << 20


def number_hashes(*columns: Hashes) -> tuple[list[Integers], int]:
    """Number hashes from 0 in their order: equal ones equally, whatever column they are in.

    Args:
        columns: hashes of sentences or words, (rows,) each.

    Returns:
        The numbers, column by column, and how many different ones there are.
    """
    rows = sum(map(len, columns))
    bits = max(0, (rows // _ROWS_AT_A_TIME).bit_length())
    numbers = [np.empty(len(column), np.int32) for column in columns]
    known = 0
    for bucket in range(1 << bits):
        inside = [_with_first_bits(column, bucket, bits) for column in columns]
        hashes = [column[where] for column, where in zip(columns, inside, strict=True)]
        distinct, found = np.unique(np.concatenate(hashes), return_inverse=True)
        pieces = np.split(found + known, np.cumsum([len(each) for each in hashes])[:-1])
        for column_numbers, where, piece in zip(numbers, inside, pieces, strict=True):
            column_numbers[where] = piece
        known += len(distinct)
    return numbers, known


def _with_first_bits(column: Hashes, bucket: int, bits: int) -> npt.NDArray[np.integer] | slice:
    """Return the rows of the hashes that begin with certain bits."""
    if not bits:
        return slice(None)
    shift = np.uint64(64 - bits)
    return np.concatenate(
        [rows.start + np.flatnonzero(column[rows] >> shift == bucket) for rows in slices(len(column))]
    )


def connected_groups(source: Integers, target: Integers, sentences: int) -> Integers:
    """Return for each sentence the smallest number of a sentence of its group, (sentences,).

    Two sentences are of one group if they make a pair, or if a chain of pairs links them. Every round hooks
    groups that a pair joins onto the one with the smaller number, and then shortens all chains to their root
    (Shiloach & Vishkin 1982). All goes slice by slice, for the arrays may be large.

    Args:
        source: the sentence on one side of each pair, (pairs,), below `sentences`.
        target: the sentence on the other.
        sentences: how many there are.
    """
    root = np.arange(sentences, dtype=np.int32)
    joins = [(source[rows], target[rows]) for rows in slices(len(source))]
    while joins:
        for a, b in joins:
            np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while _shorten(root):
            pass
        joins = [(a[apart], b[apart]) for a, b in joins if (apart := root[a] != root[b]).any()]
        joins = [(root[a], root[b]) for a, b in joins]
    return root


def _shorten(root: Integers) -> bool:
    """Halve all chains; tell whether there were any."""
    found = False
    for rows in slices(len(root)):
        shorter = root[root[rows]]
        found |= not np.array_equal(root[rows], shorter)
        root[rows] = shorter
    return found


def slices(rows: int) -> list[slice]:
    """Cut rows into slices that are worked on one after the other; into one at least."""
    return [slice(start, start + _ROWS_AT_A_TIME) for start in range(0, max(rows, 1), _ROWS_AT_A_TIME)]
