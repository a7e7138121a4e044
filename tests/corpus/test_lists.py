"""Many lists in two flat arrays, compared with lists of lists."""

from itertools import accumulate, pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.lists import Lists, offsets_of

Plain = list[list[int]]

many = settings(derandomize=True, deadline=None, max_examples=100)
numbers = st.integers(-(2**31), 2**31 - 1)
some_lists = st.lists(st.lists(numbers, max_size=4), max_size=8)
single_values = st.lists(st.lists(numbers, min_size=1, max_size=1), max_size=8)


def plain(lists: Lists) -> Plain:
    """Back to lists of lists, by slicing."""
    bounds = lists.offsets.tolist()
    assert (bounds[0], bounds[-1]) == (0, len(lists.values))
    return [lists.values[start:stop].tolist() for start, stop in pairwise(bounds)]


def column(lists: Plain) -> pa.ListArray:
    return pa.array(lists, pa.list_(pa.int32()))


@many
@given(some_lists)
def test_lists_come_back_as_they_were(lists: Plain) -> None:
    packed = Lists.of(lists)
    assert plain(packed) == lists
    assert len(packed) == len(lists)
    assert packed.lengths.tolist() == [len(each) for each in lists]
    assert packed.positions().tolist() == [place for each in lists for place in range(len(each))]
    assert (packed.values.dtype, packed.offsets.dtype) == (np.int32, np.int64)


@many
@given(st.lists(numbers, max_size=8))
def test_single_values_are_lists_of_one(values: list[int]) -> None:
    assert plain(Lists.single(np.array(values, np.int32))) == [[value] for value in values]


@many
@given(some_lists | single_values, st.data())
def test_taken_lists_come_in_the_order_asked_for(lists: Plain, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=10)) if lists else []
    taken = Lists.of(lists).take(np.array(rows, np.int64))
    assert plain(taken) == [lists[row] for row in rows]


@many
@given(some_lists | single_values, st.data())
def test_unfolding_puts_lists_in_the_place_of_their_numbers(table: Plain, data: st.DataObject) -> None:
    row = st.lists(st.integers(0, len(table) - 1), max_size=4) if table else st.just([])
    lists = data.draw(st.lists(row, max_size=6))
    unfolded = Lists.of(lists).unfold(Lists.of(table))
    assert plain(unfolded) == [[value for number in each for value in table[number]] for each in lists]


def test_lists_with_as_many_values_as_lists_need_not_be_single() -> None:
    lists = [[], [1, 2], [3]]
    assert plain(Lists.of(lists).take(np.array([1, 0, 2]))) == [[1, 2], [], [3]]


@many
@given(some_lists, st.integers(0, 8), st.integers(0, 8))
def test_a_column_and_any_slice_of_it_come_back(lists: Plain, start: int, length: int) -> None:
    sliced = column(lists).slice(start, length)
    assert plain(Lists.of_arrow(sliced)) == lists[start : start + length]
    assert Lists.of_arrow(sliced).to_arrow().equals(column(lists[start : start + length]))


@many
@given(some_lists)
def test_the_column_is_what_arrow_makes_of_the_lists(lists: Plain) -> None:
    made = Lists.of(lists).to_arrow()
    made.validate(full=True)
    assert made.type == pa.list_(pa.int32())
    assert made.to_pylist() == lists


@many
@given(st.lists(st.integers(0, 9), max_size=8))
def test_offsets_are_running_sums(lengths: list[int]) -> None:
    assert offsets_of(np.array(lengths, np.int64)).tolist() == list(accumulate(lengths, initial=0))
