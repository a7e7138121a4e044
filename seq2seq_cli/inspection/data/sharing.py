"""Sentences that stand in more than one part, so that a part is not as new to the model as it should be."""

from itertools import combinations

import numpy as np

from seq2seq_cli.corpus.dataset import PARTS
from seq2seq_cli.inspection.data.sketch import Numbered, Rows, TextsOf
from seq2seq_cli.inspection.data.summary import Leak

_EXAMPLES = 3


def find_leaks(pairs: Numbered, texts_of: TextsOf) -> tuple[int, list[Leak]]:
    """Return how many sentences more than one part has, and those that each two parts share.

    A source of one part counts too where it is a target of the other.

    Args:
        pairs: all pairs.
        texts_of: fetches examples.
    """
    inside = np.zeros((len(PARTS), pairs.sentences), bool)
    for part in range(len(PARTS)):
        rows = slice(*pairs.bounds[part : part + 2])
        inside[part, pairs.source[rows]] = inside[part, pairs.target[rows]] = True
    leaks = [
        Leak(
            (PARTS[earlier], PARTS[later]),
            int(np.count_nonzero(both := inside[earlier] & inside[later])),
            _examples(pairs, later, both, texts_of),
        )
        for earlier, later in combinations(range(len(PARTS)), 2)
    ]
    return int(np.count_nonzero(inside.sum(axis=0, dtype=np.uint8) > 1)), leaks


def _examples(pairs: Numbered, part: int, wanted: Rows, texts_of: TextsOf) -> list[str]:
    """Return the first few of the wanted sentences that a part has."""
    start, stop = pairs.bounds[part : part + 2].tolist()
    numbers = np.stack([pairs.source[start:stop], pairs.target[start:stop]], axis=1).ravel()
    places = np.flatnonzero(wanted[numbers])
    _, first = np.unique(numbers[places], return_index=True)
    chosen = places[np.sort(first)[:_EXAMPLES]].tolist()
    texts = texts_of(start + place // 2 for place in chosen)
    return [texts[start + place // 2][place % 2] for place in chosen]
