"""The parts: no sentence in two of them; sizes, seeds and given parts, compared with a loop over pairs."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.dataset import PARTS
from seq2seq_cli.corpus.prepare.groups import number_hashes
from seq2seq_cli.corpus.prepare.split import DUPLICATE, ELSEWHERE, FREE, TEST, TRAIN, VALID, split_pairs

Pairs = Sequence[tuple[int, int]]
PlainSplit = Callable[[Pairs, Sequence[str | None], Sequence[float], int, Sequence[int]], list[str]]

NAMES = {TRAIN: "train", VALID: "valid", TEST: "test", DUPLICATE: "duplicate", ELSEWHERE: "elsewhere"}

many = settings(derandomize=True, deadline=None, max_examples=100)
sentences = st.integers(0, 60).map(lambda n: n * 0x9E3779B97F4A7C15 % 2**64)
some_pairs = st.lists(st.tuples(sentences, sentences), min_size=1, max_size=40)
sparse_pairs = st.lists(
    st.integers(0, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(10**6 + n, 10**6 + n + 1))),
    min_size=1,
    max_size=60,
)
quotas = st.tuples(*2 * [st.sampled_from([0.0, 0.02, 0.05, 0.1, 0.3, 0.5, 1, 2, 5, 1000])])
seeds = st.integers(0, 2**63 - 1)


def split(
    pairs: Pairs,
    parts: Sequence[str | None] = (),
    quotas: Sequence[float] = (0.1, 0.1),
    seed: int = 1,
    held_out: Sequence[int] = (),
) -> tuple[list[str], int]:
    """What becomes of each pair, and the number of groups."""
    source, target = (np.array([pair[side] for pair in pairs], np.uint64) for side in (0, 1))
    given = [FREE if part is None else PARTS.index(part) for part in parts or [None] * len(pairs)]
    numbers, sentences = number_hashes(source, target)
    of_held_out = np.isin(source, np.array(held_out, np.uint64))
    result = split_pairs(*numbers, sentences, np.array(given, np.uint8), of_held_out, quotas, seed)
    return [NAMES[code] for code in result.parts.tolist()], result.groups


def sentences_by_part(pairs: Pairs, found: Sequence[str]) -> dict[str, set[int]]:
    return {
        part: {sentence for pair, name in zip(pairs, found, strict=True) if name == part for sentence in pair}
        for part in PARTS
    }


@st.composite
def corpora(draw: st.DrawFn) -> tuple[Pairs, list[str | None]]:
    """Pairs, and parts as a source may give them: none, all, or some of them."""
    pairs = draw(some_pairs | sparse_pairs)
    choices = draw(
        st.sampled_from(
            [(None,), PARTS, ("train", "test"), ("train", "valid"), (None, "test"), (None, *PARTS)]
        )
    )
    return pairs, draw(st.lists(st.sampled_from(choices), min_size=len(pairs), max_size=len(pairs)))


@many
@given(corpora(), quotas, seeds, st.lists(sentences, max_size=3))
def test_no_sentence_is_in_two_parts(
    corpus: tuple[Pairs, list[str | None]], quotas: tuple[float, float], seed: int, held_out: list[int]
) -> None:
    pairs, parts = corpus
    found, _ = split(pairs, parts, quotas, seed, held_out)
    for one, other in combinations(sentences_by_part(pairs, found).values(), 2):
        assert not one & other


@many
@given(corpora(), quotas, seeds, st.lists(sentences, max_size=3))
def test_every_pair_goes_where_a_loop_over_pairs_and_groups_puts_it(
    plain_split: PlainSplit,
    corpus: tuple[Pairs, list[str | None]],
    quotas: tuple[float, float],
    seed: int,
    held_out: list[int],
) -> None:
    pairs, parts = corpus
    assert split(pairs, parts, quotas, seed, held_out)[0] == plain_split(pairs, parts, quotas, seed, held_out)


@many
@given(corpora(), quotas, seeds)
def test_only_duplicates_and_what_given_parts_forbid_are_dropped(
    corpus: tuple[Pairs, list[str | None]], quotas: tuple[float, float], seed: int
) -> None:
    pairs, parts = corpus
    found, _ = split(pairs, parts, quotas, seed)
    rank = {None: 0, "train": 0, "valid": 1, "test": 2}
    for i, pair in enumerate(pairs):
        if found[i] == "duplicate":
            assert pair in pairs[:i]
            assert rank[parts[i]] == 0
        if found[i] == "elsewhere":
            assert any(
                rank[parts[j]] > rank[parts[i]] and set(pair) & set(pairs[j]) for j in range(len(pairs))
            )
        if parts[i] in ("valid", "test"):
            assert found[i] in (parts[i], "elsewhere")
        if parts[i] == "test":
            assert found[i] == "test"


@many
@given(some_pairs, quotas, seeds, st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_does_not_matter(
    pairs: Pairs, quotas: tuple[float, float], seed: int, order: random.Random
) -> None:
    shuffled = list(pairs)
    order.shuffle(shuffled)
    one, groups = split(pairs, quotas=quotas, seed=seed)
    other, same_groups = split(shuffled, quotas=quotas, seed=seed)
    assert Counter(zip(pairs, one, strict=True)) == Counter(zip(shuffled, other, strict=True))
    assert groups == same_groups


@many
@given(some_pairs | sparse_pairs, quotas, seeds)
def test_no_part_takes_more_than_its_quota_nor_leaves_out_a_group_that_fits(
    pairs: Pairs, quotas: tuple[float, float], seed: int
) -> None:
    found, groups = split(pairs, quotas=quotas, seed=seed)
    sizes = Counter(found)
    kept = len(set(pairs))
    assert sizes["duplicate"] == len(pairs) - kept
    room = {}
    for part, quota in zip(("valid", "test"), quotas, strict=True):
        share = max(round(quota * kept), int(quota > 0 and groups >= 3))
        room[part] = (quota if quota >= 1 else share) - sizes[part]
        assert room[part] >= 0
    in_train = [pair for pair, part in zip(pairs, found, strict=True) if part == "train"]
    for part in ("valid", "test"):
        assert all(size > room[part] for size in group_sizes(in_train))


def group_sizes(pairs: Pairs) -> list[int]:
    """The sizes of connected groups: merge each pair's sentences with all sets that they touch."""
    sets: list[tuple[set[int], int]] = []
    for pair in pairs:
        touched = [each for each in sets if each[0] & set(pair)]
        sets = [each for each in sets if not each[0] & set(pair)]
        sets.append((set(pair).union(*(s for s, _ in touched)), 1 + sum(n for _, n in touched)))
    return [size for _, size in sets]


@many
@given(some_pairs, seeds)
def test_groups_are_counted(pairs: Pairs, seed: int) -> None:
    assert split(pairs, seed=seed)[1] == len(group_sizes(list(dict.fromkeys(pairs))))


def single_pairs(count: int) -> Pairs:
    return [(n, 10**6 + n) for n in range(count)]


@pytest.mark.parametrize("quotas", [(1, 1), (7, 13), (100, 0), (0, 100), (0.25, 50), (0.05, 0.05)])
def test_counts_are_exact_when_no_pair_hangs_on_another(quotas: tuple[float, float]) -> None:
    found = Counter(split(single_pairs(400), quotas=quotas)[0])
    valid, test = (quota if quota >= 1 else quota * 400 for quota in quotas)
    assert (found["valid"], found["test"], found["train"]) == (valid, test, 400 - valid - test)


def test_shares_are_met_to_within_one_small_group() -> None:
    generator = random.Random(5)
    pairs = [(g, 10_000 + 10 * g + k) for g in range(400) for k in range(generator.randint(1, 4))]
    for quotas in [(0.05, 0.05), (0.1, 0.1), (0.2, 0.3), (0.4, 0.4), (50, 60)]:
        for seed in range(5):
            found, groups = split(pairs, quotas=quotas, seed=seed)
            assert groups == 400
            for part, quota in zip(("valid", "test"), quotas, strict=True):
                wanted = quota if quota >= 1 else quota * len(pairs)
                assert abs(found.count(part) - wanted) < 4


def test_a_part_with_a_share_gets_a_pair_even_of_very_few() -> None:
    for seed in range(5):
        found, _ = split([(1, 11), (2, 12), (3, 13)], quotas=(0.05, 0.05), seed=seed)
        assert sorted(found) == ["test", "train", "valid"]


def test_one_great_group_goes_to_train() -> None:
    pairs = [(1, target) for target in range(2, 30)]
    assert split(pairs, quotas=(0.3, 0.3)) == (["train"] * 28, 1)


def test_the_same_seed_gives_the_same_parts_and_other_seeds_others() -> None:
    pairs = single_pairs(300)
    found = [tuple(split(pairs, seed=seed)[0]) for seed in (0, 1, 2, 3, 2**63 - 1)]
    assert len(set(found)) == 5
    assert found == [tuple(split(pairs, seed=seed)[0]) for seed in (0, 1, 2, 3, 2**63 - 1)]


def test_seeds_spread_a_part_evenly_over_the_pairs() -> None:
    pairs = single_pairs(40)
    times = Counter(
        i for seed in range(400) for i, part in enumerate(split(pairs, seed=seed)[0]) if part == "test"
    )
    assert len(times) == 40
    assert max(times.values()) < 75  # 40 are expected, with a deviation of 6
    assert min(times.values()) > 15


@many
@given(some_pairs, quotas, seeds, st.lists(sentences, min_size=1, max_size=4))
def test_held_out_sources_go_to_test_with_all_that_hangs_on_them(
    pairs: Pairs, quotas: tuple[float, float], seed: int, held_out: list[int]
) -> None:
    found, _ = split(pairs, quotas=quotas, seed=seed, held_out=held_out)
    in_test = sentences_by_part(pairs, found)["test"]
    sources = {source for source, _ in pairs}
    assert sources & set(held_out) <= in_test
    if not quotas[1]:  # and nothing else does
        reached = sources & set(held_out)
        while more := {s for pair in pairs if reached & set(pair) for s in pair} - reached:
            reached |= more
        assert in_test == reached


def test_a_held_out_sentence_is_one_of_the_source_side_only() -> None:
    pairs = single_pairs(10)
    assert split(pairs, quotas=(0, 0), held_out=[10**6 + 3, 77])[0] == ["train"] * 10


def test_held_out_sentences_use_up_the_test_parts_share() -> None:
    found, _ = split(single_pairs(100), quotas=(0.1, 0.1), held_out=range(6))
    assert found[:6] == ["test"] * 6
    assert (found.count("valid"), found.count("test")) == (10, 10)


def test_held_out_sentences_may_exceed_the_test_parts_share() -> None:
    found, _ = split(single_pairs(100), quotas=(0.1, 0.1), held_out=range(30))
    assert (found.count("valid"), found.count("test")) == (10, 30)


def test_only_train_loses_pairs_to_a_given_test_part() -> None:
    pairs = [(1, 11), (2, 12), (3, 13), (1, 14), (5, 12), (1, 11)]
    parts = ["train", "train", "train", "test", "test", "test"]
    assert split(pairs, parts, (0, 0))[0] == ["elsewhere", "elsewhere", "train", "test", "test", "test"]


def test_given_valid_and_test_parts_keep_their_duplicates_and_train_does_not() -> None:
    pairs = [(1, 11)] * 2 + [(2, 12)] * 2 + [(3, 13)] * 2
    parts = ["train", "train", "valid", "valid", "test", "test"]
    assert split(pairs, parts)[0] == ["train", "duplicate", "valid", "valid", "test", "test"]


def test_of_overlapping_given_parts_the_later_keeps_its_pairs() -> None:
    pairs = [(1, 11), (5, 12), (1, 12), (3, 13), (3, 14), (4, 15)]
    parts = ["train", "valid", "test", "train", "valid", "train"]
    assert split(pairs, parts)[0] == ["elsewhere", "elsewhere", "test", "elsewhere", "valid", "train"]


def test_a_pair_that_test_takes_from_valid_takes_none_from_train() -> None:
    pairs = [(1, 11), (1, 12), (2, 12)]
    assert split(pairs, ["train", "valid", "test"])[0] == ["train", "elsewhere", "test"]


def test_a_part_that_is_not_given_is_dealt_from_train() -> None:
    pairs = single_pairs(100)
    for missing, there in (("valid", "test"), ("test", "valid")):
        found, groups = split(pairs, ["train"] * 80 + [there] * 20, (0.1, 0.1))
        assert found[80:] == [there] * 20
        assert Counter(found[:80]) == {"train": 72, missing: 8}
        assert groups == 80


def test_pairs_without_a_part_are_dealt_beside_given_ones() -> None:
    found, _ = split(single_pairs(100), [None] * 80 + ["test"] * 20, (0.1, 0.1))
    assert Counter(found[:80]) == {"train": 72, "valid": 8}


@many
@given(st.lists(sentences, min_size=1, max_size=40), quotas, seeds)
@example([1, 2, 3], (0.3, 0.3), 1)
def test_of_an_autoencoder_every_distinct_sentence_is_a_group(
    column: list[int], quotas: tuple[float, float], seed: int
) -> None:
    pairs = [(sentence, sentence) for sentence in column]
    found, groups = split(pairs, quotas=quotas, seed=seed)
    assert groups == len(set(column))
    assert found.count("duplicate") == len(column) - groups
