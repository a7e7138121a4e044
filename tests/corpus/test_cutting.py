"""Sorting and cutting, compared with loops over single pairs."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.cutting import CUTS, Cut, by_length, by_sentences, by_tokens
from seq2seq_cli.errors import UnknownNameError

many = settings(derandomize=True, deadline=None, max_examples=100)
lengths = st.lists(st.integers(1, 12), min_size=1, max_size=60)
every_cut = pytest.mark.parametrize("cut", CUTS.values(), ids=list(CUTS))


def array(numbers: list[int], dtype: type[Any] = np.int32) -> "np.ndarray[Any, Any]":
    return np.array(numbers, dtype=dtype)


def greedy(size: int, longest: list[int]) -> list[int]:
    """Where a loop over single pairs begins a new batch, because the pair would be one too many."""
    bounds, height = [0], 0
    for i, length in enumerate(longest):
        height = max(height, length)
        if i > bounds[-1] and (i + 1 - bounds[-1]) * height > size:
            bounds.append(i)
            height = length
    return [*bounds, len(longest)]


@many
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=1, max_size=40))
def test_pairs_are_sorted_by_source_then_target_and_equals_stay(pairs: list[tuple[int, int]]) -> None:
    source, target = zip(*pairs, strict=True)
    expected = sorted(range(len(pairs)), key=lambda i: pairs[i])
    assert by_length(array(list(source)), array(list(target))).tolist() == expected


def test_great_lengths_are_sorted_too() -> None:
    source, target = array([2**31 - 2, 1, 2**31 - 2]), array([2**31 - 2, 2**31 - 2, 1])
    assert by_length(source, target).tolist() == [1, 2, 0]


@every_cut
@many
@given(longest=lengths, size=st.integers(1, 50))
def test_every_pair_is_in_one_batch_and_no_batch_is_empty(cut: Cut, longest: list[int], size: int) -> None:
    bounds = cut(size, len(longest), lambda: array(longest))
    assert bounds[0] == 0
    assert bounds[-1] == len(longest)
    assert all(start < end for start, end in pairwise(bounds))


@many
@given(st.integers(1, 300), st.integers(1, 40))
def test_batches_of_sentences_are_as_few_and_as_alike_as_can_be(pairs: int, size: int) -> None:
    def unread() -> Any:
        raise AssertionError("no length matters here")

    sizes = [end - start for start, end in pairwise(by_sentences(size, pairs, unread))]
    assert len(sizes) == -(-pairs // size)
    assert max(sizes) <= size
    assert max(sizes) - min(sizes) <= 1


@many
@given(lengths | lengths.map(sorted), st.integers(1, 80), st.sampled_from([np.int32, np.int64]))
def test_batches_of_tokens_are_those_of_a_greedy_loop(
    longest: list[int], size: int, dtype: type[Any]
) -> None:
    assert by_tokens(size, len(longest), lambda: array(longest, dtype)) == greedy(size, longest)


def test_many_tokens_do_not_overflow() -> None:
    longest = array([2**30] * 6)
    assert by_tokens(2**32, 6, lambda: longest) == [0, 4, 6]
    assert by_tokens(2**62, 6, lambda: longest) == [0, 6]


def test_a_misspelt_way_is_an_error_that_names_the_right_one() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'tokens'"):
        CUTS["token"]
