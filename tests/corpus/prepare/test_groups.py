"""Numbers and connected groups of sentences, compared with a dictionary and with union-find."""

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.prepare import groups
from seq2seq_cli.corpus.prepare.groups import connected_groups, number_hashes

Pairs = list[tuple[int, int]]

many = settings(derandomize=True, deadline=None, max_examples=100)
some_pairs = st.integers(1, 40).flatmap(
    lambda most: st.lists(st.tuples(st.integers(0, most), st.integers(0, most)), max_size=50)
)
hashes = st.integers(0, 2**64 - 1) | st.integers(0, 5) | st.integers(2**64 - 5, 2**64 - 1)


def smallest_by_union_find(pairs: Pairs) -> list[int]:
    """Each pair's smallest sentence of all that are linked to it."""
    parent: dict[int, int] = {}

    def root(sentence: int) -> int:
        parent.setdefault(sentence, sentence)
        while parent[sentence] != sentence:
            parent[sentence] = sentence = parent[parent[sentence]]
        return sentence

    for a, b in pairs:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return [root(a) for a, _ in pairs]


def smallest(pairs: Pairs) -> list[int]:
    source, target = (np.array([pair[side] for pair in pairs], np.int32) for side in (0, 1))
    sentences = max((max(pair) for pair in pairs), default=-1) + 1
    return connected_groups(source, target, sentences)[source].tolist()


@many
@given(some_pairs)
def test_groups_are_the_connected_components(pairs: Pairs) -> None:
    assert smallest(pairs) == smallest_by_union_find(pairs)


@pytest.mark.parametrize("seed", range(3))
def test_groups_of_a_large_random_graph_are_its_components(seed: int) -> None:
    generator = random.Random(seed)
    pairs = [(generator.randrange(8000), generator.randrange(8000)) for _ in range(4500)]
    assert smallest(pairs) == smallest_by_union_find(pairs)


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("turned", [False, True])
def test_a_long_chain_is_one_group(shuffled: bool, turned: bool) -> None:
    names = list(range(20_001))
    if shuffled:
        random.Random(0).shuffle(names)
    chain = list(pairwise(reversed(names) if turned else names))
    assert set(smallest(chain)) == {0}


@pytest.mark.parametrize("centre", [0, 5_000, 10_000])
def test_a_star_is_one_group(centre: int) -> None:
    star = [(leaf, centre) for leaf in range(10_001) if leaf != centre]
    random.Random(0).shuffle(star)
    assert set(smallest(star)) == {0}


def test_chains_that_a_last_pair_links_are_one_group() -> None:
    chains = [*pairwise(range(100)), *pairwise(range(200, 300))]
    assert set(smallest(chains)) == {0, 200}
    assert set(smallest([*chains, (99, 299)])) == {0}


@many
@given(st.lists(hashes, max_size=30), st.lists(hashes, max_size=30), st.sampled_from([1, 3, 1 << 21]))
def test_sentences_are_numbered_in_the_order_of_their_hashes_whatever_the_buckets(
    first: list[int], second: list[int], rows: int
) -> None:
    columns = [np.array(column, np.uint64) for column in (first, second)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "_ROWS_AT_A_TIME", rows)
        numbers, different = number_hashes(*columns)
    expected = {value: number for number, value in enumerate(sorted({*first, *second}))}
    assert [each.tolist() for each in numbers] == [[expected[v] for v in each] for each in (first, second)]
    assert different == len(expected)
    assert all(each.dtype == np.int32 for each in numbers)
