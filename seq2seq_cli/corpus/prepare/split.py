"""Train, valid and test, so that no sentence of one part occurs in another."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from seq2seq_cli.corpus.dataset import PARTS
from seq2seq_cli.corpus.lists import Integers
from seq2seq_cli.corpus.prepare.dealing import deal
from seq2seq_cli.corpus.prepare.groups import connected_groups, slices

TRAIN, VALID, TEST = range(len(PARTS))

DUPLICATE, ELSEWHERE, FREE = 253, 254, 255
"""Instead of a part: a pair that came before, a pair with a sentence of another part, no part yet."""

Parts = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Split:
    """Where each pair goes.

    Attributes:
        parts: a part, or DUPLICATE or ELSEWHERE for a pair that is dropped, (pairs,).
        groups: how many connected groups the pairs make that are dealt or held out.
    """

    parts: Parts
    groups: int


def split_pairs(
    source: Integers,
    target: Integers,
    sentences: int,
    given: Parts,
    held_out: npt.NDArray[np.bool_],
    quotas: Sequence[float],
    seed: int,
) -> Split:
    """Put pairs into parts, keeping together what shares a sentence, directly or through others.

    One English sentence has many French ones and the other way round, so a split of pairs at random would let
    the model see much of the test set in training.

    Args:
        source: the source sentences, by number, (pairs,).
        target: their targets.
        sentences: how many different ones there are.
        given: the part that the source of the pairs puts each in, or FREE, (pairs,). Of a sentence in several
            given parts, the pairs of the later part stay, those of the earlier are dropped.
        held_out: the pairs whose groups go to test, whatever its quota, (pairs,).
        quotas: how much valid and test get: a share of the pairs below 1, or a number of them. Groups are
            dealt whole, so quotas are met as nearly as the groups allow. A part that is given is dealt
            nothing; train takes what is left.
        seed: decides which group goes where.
    """
    parts = given.copy()
    parts[_repeated(source, target) & ((given == TRAIN) | (given == FREE))] = DUPLICATE
    _keep_apart(parts, source, target, sentences)
    dealt = (parts == FREE) | (parts == TRAIN)
    joined = slice(None) if dealt.all() else dealt
    group = connected_groups(source[joined], target[joined], sentences)[source]
    sizes = np.zeros(sentences, np.int32)  # of each group, at the number of its root
    for rows in slices(len(group)):
        np.add.at(sizes, group[rows][dealt[rows]], 1)
    names = np.flatnonzero(sizes).astype(np.int32)
    part_of = np.full(sentences, TRAIN, np.uint8)
    part_of[group[held_out & dealt]] = TEST
    pairs = int(np.count_nonzero(dealt))
    rooms = []
    for part in (TEST, VALID):
        quota = 0 if (given == part).any() else quotas[part - 1]
        room = int(quota) if quota >= 1 else max(round(quota * pairs), quota > 0 and len(names) >= 3)
        rooms.append(room - int(sizes[names[part_of[names] == part]].sum()))
    test, valid = deal(names[part_of[names] == TRAIN], sizes, rooms, seed)
    part_of[test], part_of[valid] = TEST, VALID
    parts[dealt] = part_of[group[dealt]]
    return Split(parts, len(names))


def _repeated(source: Integers, target: Integers) -> npt.NDArray[np.bool_]:
    """Tell which pairs have occurred before, (pairs,)."""
    again = np.zeros(len(source), bool)
    bounds = np.linspace(0, 1 + int(source.max(initial=0)), 1 + len(slices(len(source)))).round()
    for low, high in pairwise(bounds.astype(np.int64).tolist()):
        rows = np.flatnonzero((source >= low) & (source < high))
        pairs = source[rows].astype(np.int64) << 32 | target[rows]
        order = pairs.argsort(kind="stable")  # the first of equal pairs stays the first
        pairs = pairs[order]
        again[rows[order[1:]]] = pairs[1:] == pairs[:-1]
    return again


def _keep_apart(parts: Parts, source: Integers, target: Integers, sentences: int) -> None:
    """Drop pairs of a given part that share a sentence with a later one."""
    for later in (TEST, VALID):
        if not (parts == later).any():
            continue
        taken = np.zeros(sentences, bool)
        taken[source[parts == later]] = taken[target[parts == later]] = True
        earlier = (parts < later) | (parts == FREE)
        parts[earlier & (taken[source] | taken[target])] = ELSEWHERE
