"""Train, valid and test, so that no sentence of one part occurs in another."""

import random
from collections.abc import Container, Hashable, Sequence
from typing import TypeVar

Sentence = TypeVar("Sentence", bound=Hashable)


def split_by_groups(
    pairs: Sequence[tuple[Sentence, Sentence]],
    shares: Sequence[float],
    seed: int,
    held_out: Container[Sentence] = (),
) -> tuple[list[list[tuple[Sentence, Sentence]]], int]:
    """Split pairs into parts, keeping together what shares a sentence, directly or through others.

    One English sentence has many French ones and the other way round, so a split of pairs at random would
    let the model see much of the test set in training.

    Args:
        pairs: source and target sentences.
        shares: the parts' shares of the pairs, summing to 1; groups are dealt whole, so they are met
            as nearly as the groups allow. The first part takes what the others leave.
        seed: decides which group goes where.
        held_out: sources whose groups go to the last part, whatever its share.

    Returns:
        The parts, each in the order of `pairs`, and the number of groups.
    """
    groups = connected_groups(pairs)
    room = [_quota(share, len(pairs), len(groups)) for share in shares]
    last = len(shares) - 1
    part_of = [0] * len(pairs)
    free = []
    for group in groups:
        if any(pairs[i][0] in held_out for i in group):
            room[last] -= len(group)
            for i in group:
                part_of[i] = last
        else:
            free.append(group)
    random.Random(seed).shuffle(free)
    for group in free:
        part = next((p for p in range(last, 0, -1) if len(group) <= room[p]), 0)
        room[part] -= len(group)
        for i in group:
            part_of[i] = part
    parts: list[list[tuple[Sentence, Sentence]]] = [[] for _ in shares]
    for pair, part in zip(pairs, part_of, strict=True):
        parts[part].append(pair)
    return parts, len(groups)


def connected_groups(pairs: Sequence[tuple[Sentence, Sentence]]) -> list[list[int]]:
    """Return the positions of pairs that are connected by common sentences, group by group (union-find)."""
    parent = list(range(len(pairs)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]  # halve the path
            i = parent[i]
        return i

    seen: dict[Sentence, int] = {}
    for i, pair in enumerate(pairs):
        for sentence in pair:
            parent[root(i)] = root(seen.setdefault(sentence, i))
    groups: dict[int, list[int]] = {}
    for i in range(len(pairs)):
        groups.setdefault(root(i), []).append(i)
    return list(groups.values())


def _quota(share: float, pairs: int, groups: int) -> int:
    """Return how many pairs a part may take: its share, but one at least where there is enough to share."""
    return max(round(share * pairs), int(share > 0 and groups >= 3))
