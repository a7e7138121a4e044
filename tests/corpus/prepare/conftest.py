"""What the tests of the preparation share: the split once more, pair by pair, in plain Python."""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

Pairs = Sequence[tuple[int, int]]
PlainSplit = Callable[[Pairs, Sequence[str | None], Sequence[float], int, Sequence[int]], list[str]]


def splitmix64(state: int) -> int:
    state = (state + 0x9E3779B97F4A7C15) % 2**64
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    state = (state ^ state >> 27) * 0x94D049BB133111EB % 2**64
    return state ^ state >> 31


def smallest_in_group(pairs: Pairs) -> list[int]:
    """The smallest sentence of each pair's connected group, by union-find."""
    parent = {sentence: sentence for pair in pairs for sentence in pair}

    def root(sentence: int) -> int:
        while parent[sentence] != sentence:
            sentence = parent[sentence]
        return sentence

    for a, b in pairs:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return [root(a) for a, _ in pairs]


def split_by_hand(
    pairs: Pairs, given: Sequence[str | None], quotas: Sequence[float], seed: int, held_out: Sequence[int]
) -> list[str]:
    """Say of each pair: train, valid, test, duplicate or elsewhere; see split_pairs.

    Args:
        pairs: hashes of source and target.
        given: the part that each is given, or None.
        quotas: of valid and test.
        seed: decides the order of the groups.
        held_out: hashes of sources.
    """
    found = [part or "free" for part in given]
    for i, pair in enumerate(pairs):
        if given[i] not in ("valid", "test") and pair in pairs[:i]:
            found[i] = "duplicate"
    for later, earlier in (("test", ("train", "valid", "free")), ("valid", ("train", "free"))):
        taken = {sentence for i, pair in enumerate(pairs) if found[i] == later for sentence in pair}
        for i, pair in enumerate(pairs):
            if found[i] in earlier and taken & set(pair):
                found[i] = "elsewhere"
    dealt = [i for i in range(len(pairs)) if found[i] in ("train", "free")]
    name = dict(zip(dealt, smallest_in_group([pairs[i] for i in dealt]), strict=True))
    sizes = Counter(name.values())
    number = {sentence: n for n, sentence in enumerate(sorted({s for pair in pairs for s in pair}))}
    part_of = {name[i]: "test" for i in dealt if pairs[i][0] in held_out}
    waiting = [group for group in sizes if group not in part_of]
    waiting.sort(key=lambda group: splitmix64(number[group] ^ splitmix64(seed)))
    for part, quota in (("test", quotas[1]), ("valid", quotas[0])):
        if part in given:
            continue
        share = max(round(quota * len(dealt)), 1 if quota and len(sizes) >= 3 else 0)
        room = int(quota) if quota >= 1 else share
        room -= sum(sizes[group] for group in part_of if part_of[group] == part)
        for group in waiting:
            if group not in part_of and sizes[group] <= room:
                part_of[group] = part
                room -= sizes[group]
    for i in dealt:
        found[i] = part_of.get(name[i], "train")
    return found


@pytest.fixture(scope="session")
def plain_split() -> PlainSplit:
    """Return split_by_hand."""
    return split_by_hand
