"""Connected groups dealt to the parts, in random order, until the parts are full."""

from collections.abc import Iterator

import numpy as np

from seq2seq_cli.corpus.lists import Integers
from seq2seq_cli.corpus.prepare.groups import slices
from seq2seq_cli.corpus.prepare.hashing import mix

_GROUPS_AT_A_TIME = 1 << 16


def deal(groups: Integers, sizes: Integers, rooms: list[int], seed: int) -> list[Integers]:
    """Go through the groups in random order and give each to the first part that still has room for it.

    Args:
        groups: their numbers, (groups,).
        sizes: how many pairs each has, by number.
        rooms: how many pairs each part may have.
        seed: decides the order.

    Returns:
        The numbers of the groups of each part.
    """
    taken: list[list[Integers]] = [[] for _ in rooms]
    for waiting in _in_random_order(groups, seed):
        for part, room in enumerate(rooms):
            fits = _first_that_fit(sizes[waiting], room)
            rooms[part] -= int(sizes[waiting[fits]].sum())
            taken[part].append(waiting[fits])
            waiting = waiting[~fits]
        if max(rooms, default=0) <= 0:
            break
    return [np.concatenate([np.empty(0, np.int32), *of_part]) for of_part in taken]


def _in_random_order(groups: Integers, seed: int) -> Iterator[Integers]:
    """Yield some groups after the other; only those that are asked for are put in order."""
    salt = mix(np.array([seed], np.uint64))
    keys = np.empty(len(groups), np.uint32)
    for rows in slices(len(groups)):
        keys[rows] = mix(groups[rows].astype(np.uint64) ^ salt) >> np.uint64(32)
    bits = (len(groups) // _GROUPS_AT_A_TIME).bit_length()
    for bucket in range(1 << bits):
        found = np.flatnonzero(keys >> np.uint32(32 - bits) == bucket) if bits else np.arange(len(groups))
        yield groups[found[keys[found].argsort(kind="stable")]]


def _first_that_fit(sizes: Integers, room: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Go through groups in order and take each that still fits into the room, (groups,)."""
    taken = np.zeros(len(sizes), bool)
    waiting = np.arange(len(sizes))
    while room > 0 and len(waiting := waiting[sizes[waiting] <= room]):
        filled = np.cumsum(sizes[waiting], dtype=np.int64)
        fitting = int(np.searchsorted(filled, room, side="right"))
        taken[waiting[:fitting]] = True
        room -= int(filled[fitting - 1])
        waiting = waiting[fitting:]
    return taken
