"""Which pairs are dropped and why, compared with a function of two lists of words."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.prepare.filters import Filter
from seq2seq_cli.corpus.prepare.sentences import Sentences
from seq2seq_cli.corpus.text import TextPipeline

Words = list[str]

many = settings(derandomize=True, deadline=None, max_examples=100)
some_words = st.lists(st.sampled_from("abc"), max_size=5)
filters = st.builds(
    Filter,
    max_length=st.integers(1, 6),
    max_length_ratio=st.none() | st.sampled_from([1.0, 1.5, 2.0, 3.0]),
    prefixes=st.lists(st.lists(st.sampled_from("abcx"), min_size=1, max_size=3), max_size=2),
    drop_identical=st.booleans(),
)


def sentences(rows: Sequence[Words]) -> Sentences:
    return Sentences.of(pa.array(map(" ".join, rows), pa.string()), TextPipeline("plain"))


def first_reasons(keep: Filter, pairs: list[tuple[Words, Words]]) -> list[str | None]:
    """What the filter says of each pair: the first reason that holds."""
    found: list[str | None] = [None] * len(pairs)
    columns = (sentences([pair[side] for pair in pairs]) for side in (0, 1))
    for reason, holds in keep.reasons(*columns):
        for row in np.flatnonzero(holds).tolist():
            found[row] = found[row] or reason
    return found


def reason_to_drop(keep: Filter, first: Words, second: Words) -> str | None:
    """The same of one pair, with if and return."""
    longer, shorter = max(len(first), len(second)), min(len(first), len(second))
    if not shorter:
        return "empty"
    if longer >= keep.max_length:
        return "too long"
    if keep.max_length_ratio is not None and longer / shorter > keep.max_length_ratio:
        return "length ratio"
    if keep.prefixes and not any(first[: len(prefix)] == prefix for prefix in keep.prefixes):
        return "other beginning"
    if keep.drop_identical and first == second:
        return "identical sides"
    return None


@many
@given(filters, st.lists(st.tuples(some_words, some_words), max_size=8))
def test_each_pair_is_dropped_for_the_first_reason_that_holds(
    keep: Filter, pairs: list[tuple[Words, Words]]
) -> None:
    assert first_reasons(keep, pairs) == [reason_to_drop(keep, *pair) for pair in pairs]


@pytest.mark.parametrize(("words", "reason"), [(8, None), (9, None), (10, "too long"), (11, "too long")])
def test_max_length_means_fewer_words_than_that_on_both_sides(words: int, reason: str | None) -> None:
    long = ["word"] * words
    pairs = [(long, ["oui"]), (["yes"], long), (long, long)]
    assert first_reasons(Filter(max_length=10), pairs) == [reason] * 3


def test_a_ratio_may_be_reached_but_not_passed_on_either_side() -> None:
    keep = Filter(max_length=10, max_length_ratio=1.5)
    pairs = [(["a"] * 3, ["b"] * 2), (["a"] * 2, ["b"] * 3), (["a"] * 4, ["b"] * 2), (["a"], ["b"] * 2)]
    assert first_reasons(keep, pairs) == [None, None, "length ratio", "length ratio"]


def test_a_prefix_admits_whole_words_only() -> None:
    keep = Filter(max_length=10, prefixes=[["she", "s"]])
    firsts = [["she", "s", "here"], ["she", "seems"], ["she"], ["then", "she", "s"], ["she", "s"]]
    expected = [None, "other beginning", "other beginning", "other beginning", None]
    assert first_reasons(keep, [(first, ["x"]) for first in firsts]) == expected


def test_prefixes_are_those_of_the_first_column() -> None:
    assert first_reasons(Filter(10, prefixes=[["a"]]), [(["b"], ["a"]), (["a"], ["b"])]) == [
        "other beginning",
        None,
    ]
