"""Splitting by connected groups, checked against a breadth-first search and the definition of a leak."""

import random
from collections import Counter, deque

from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.split import connected_groups, split_by_groups

Pairs = list[tuple[int, int]]

many = settings(derandomize=True, deadline=None, max_examples=150)
sentences = st.integers(0, 40)
some_pairs = st.lists(st.tuples(sentences, sentences), max_size=40, unique=True)
some_shares = st.sampled_from(
    [(0.9, 0.05, 0.05), (0.8, 0.1, 0.1), (0.4, 0.3, 0.3), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.5, 0.5, 0.0)]
)
seeds = st.integers(0, 9)


def groups_by_search(pairs: Pairs) -> set[frozenset[int]]:
    """The connected components of pairs that share a sentence, by breadth-first search."""
    positions: dict[int, set[int]] = {}
    for i, pair in enumerate(pairs):
        for sentence in pair:
            positions.setdefault(sentence, set()).add(i)
    groups, seen = set(), set()
    for start in range(len(pairs)):
        if start in seen:
            continue
        group, queue = {start}, deque([start])
        while queue:
            for sentence in pairs[queue.popleft()]:
                fresh = positions[sentence] - group
                group |= fresh
                queue.extend(fresh)
        seen |= group
        groups.add(frozenset(group))
    return groups


def many_small_groups(count: int = 400) -> Pairs:
    """Groups of one to four pairs each: one source with several targets."""
    generator = random.Random(5)
    return [(g, 10_000 + 10 * g + k) for g in range(count) for k in range(generator.randint(1, 4))]


@many
@given(some_pairs)
def test_groups_are_the_connected_components(pairs: Pairs) -> None:
    groups = connected_groups(pairs)
    assert sorted(i for group in groups for i in group) == list(range(len(pairs)))
    assert {frozenset(group) for group in groups} == groups_by_search(pairs)


def test_a_long_chain_is_one_group() -> None:
    chain = [(i, i + 1) for i in range(20_000)]
    random.Random(0).shuffle(chain)
    assert len(connected_groups(chain)) == 1


@many
@given(some_pairs, some_shares, seeds)
def test_no_sentence_occurs_in_two_parts(pairs: Pairs, shares: tuple[float, ...], seed: int) -> None:
    parts, _ = split_by_groups(pairs, shares, seed)
    said = [{sentence for pair in part for sentence in pair} for part in parts]
    assert not said[0] & said[1]
    assert not said[0] & said[2]
    assert not said[1] & said[2]


@many
@given(some_pairs, some_shares, seeds)
def test_every_pair_is_in_exactly_one_part_in_the_old_order(
    pairs: Pairs, shares: tuple[float, ...], seed: int
) -> None:
    parts, groups = split_by_groups(pairs, shares, seed)
    assert len(parts) == len(shares)
    assert Counter(pair for part in parts for pair in part) == Counter(pairs)
    for part in parts:
        assert part == [pair for pair in pairs if pair in set(part)]
    assert groups == len(groups_by_search(pairs))


@many
@given(some_pairs, some_shares, seeds)
def test_the_same_seed_gives_the_same_parts(pairs: Pairs, shares: tuple[float, ...], seed: int) -> None:
    assert split_by_groups(pairs, shares, seed) == split_by_groups(pairs, shares, seed)


def test_another_seed_gives_other_parts() -> None:
    pairs = many_small_groups()
    tests = {tuple(split_by_groups(pairs, (0.8, 0.1, 0.1), seed)[0][2]) for seed in range(5)}
    assert len(tests) == 5


def test_shares_are_met_to_within_one_group() -> None:
    pairs = many_small_groups()
    for shares in [(0.9, 0.05, 0.05), (0.8, 0.1, 0.1), (0.5, 0.2, 0.3), (0.2, 0.4, 0.4)]:
        for seed in range(5):
            parts, groups = split_by_groups(pairs, shares, seed)
            assert groups == 400
            for part, share in zip(parts[1:], shares[1:], strict=True):
                assert abs(len(part) - share * len(pairs)) <= 4


@many
@given(some_pairs, some_shares, seeds)
def test_no_part_but_the_first_takes_more_than_its_share(
    pairs: Pairs, shares: tuple[float, ...], seed: int
) -> None:
    parts, _ = split_by_groups(pairs, shares, seed)
    for part, share in zip(parts[1:], shares[1:], strict=True):
        assert len(part) <= max(round(share * len(pairs)), 1 if share else 0)


def test_a_part_with_a_share_gets_a_pair_even_of_very_few() -> None:
    for seed in range(5):
        parts, _ = split_by_groups([(1, 11), (2, 12), (3, 13)], (0.9, 0.05, 0.05), seed)
        assert [len(part) for part in parts] == [1, 1, 1]


def test_one_great_group_goes_to_the_first_part() -> None:
    pairs = [(1, target) for target in range(2, 30)]
    assert split_by_groups(pairs, (0.8, 0.1, 0.1), 1) == ([pairs, [], []], 1)


def test_nothing_is_split_into_nothing() -> None:
    assert split_by_groups([], (0.8, 0.1, 0.1), 1) == ([[], [], []], 0)


@many
@given(some_pairs, some_shares, seeds, st.frozensets(sentences, max_size=4))
def test_held_out_sources_are_in_the_last_part_with_their_groups(
    pairs: Pairs, shares: tuple[float, ...], seed: int, held_out: frozenset[int]
) -> None:
    parts, _ = split_by_groups(pairs, shares, seed, held_out)
    last = set(parts[-1])
    for group in groups_by_search(pairs):
        if any(pairs[i][0] in held_out for i in group):
            assert {pairs[i] for i in group} <= last


def test_held_out_sentences_use_up_the_last_parts_share() -> None:
    pairs = [(i, 1000 + i) for i in range(100)]
    held_out = range(6)
    parts, _ = split_by_groups(pairs, (0.8, 0.1, 0.1), 1, held_out)
    assert [len(part) for part in parts] == [80, 10, 10]
    assert {(i, 1000 + i) for i in held_out} <= set(parts[2])
