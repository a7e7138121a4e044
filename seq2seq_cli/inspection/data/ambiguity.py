"""Sentences with several counterparts: each of them is right, and a reference has only one."""

import numpy as np
import numpy.typing as npt

from seq2seq_cli.corpus.lists import Integers
from seq2seq_cli.inspection.data.sketch import Numbered, Rows, TextsOf
from seq2seq_cli.inspection.data.summary import Ambiguity

_EXAMPLES = 3


def find_ambiguity(pairs: Numbered, side: int, texts_of: TextsOf) -> Ambiguity:
    """Return what there is of sentences with several different counterparts.

    Args:
        pairs: all pairs.
        side: 0 for sources with several targets, 1 for targets with several sources.
        texts_of: fetches the examples.
    """
    these, others = (pairs.source, pairs.target) if side == 0 else (pairs.target, pairs.source)
    owners = _owners(these, others)
    starts = np.flatnonzero(_is_new(owners)).astype(np.int32)
    counterparts = np.append(starts[1:], np.int32(len(owners))) - starts
    most = int(counterparts.max(initial=0))
    if most < 2:
        return Ambiguity(0, 0.0, 0, None, [])
    several, greatest = np.zeros((2, pairs.sentences), bool)
    several[owners[starts[counterparts > 1]]] = True
    greatest[owners[starts[counterparts == most]]] = True
    rows = np.flatnonzero(these == these[greatest[these].argmax()])
    _, first = np.unique(others[rows], return_index=True)
    examples = rows[np.sort(first)[:_EXAMPLES]].tolist()
    texts = texts_of(examples)
    return Ambiguity(
        int(np.count_nonzero(several)),
        100 * int(np.count_nonzero(several[these])) / len(these),
        most,
        texts[examples[0]][side],
        [texts[row][1 - side] for row in examples],
    )


def _owners(these: Integers, others: Integers) -> Integers:
    """Return the sentence on one side of each different pair, in order."""
    keys = these.astype(np.int64) << 32
    keys |= others
    keys.sort()
    different = _is_new(keys)
    keys >>= 32
    owners: Integers = keys.astype(np.int32)
    return owners[different]


def _is_new(ordered: npt.NDArray[np.integer]) -> Rows:
    """Tell which of some numbers in order differ from the one before, (numbers,)."""
    new = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new
