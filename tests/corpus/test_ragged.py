"""Sentences of different lengths, compared with padding in plain Python."""

import pyarrow as pa
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.ragged import Ragged, pad
from seq2seq_cli.symbols import EOS, PAD

Ids = list[int]

many = settings(derandomize=True, deadline=None, max_examples=80)
sentences = st.lists(st.integers(4, 99), max_size=7).map(lambda ids: [*ids, EOS])


def column_of(lists: list[Ids]) -> pa.ListArray:
    return pa.array(lists, pa.list_(pa.int32()))


def padded_by_hand(lists: list[Ids]) -> list[Ids]:
    time = max(map(len, lists))
    return [ids + [0] * (time - len(ids)) for ids in lists]


@many
@given(st.lists(sentences, min_size=1, max_size=12), st.data())
def test_chosen_sentences_come_padded_in_the_order_asked_for(lists: list[Ids], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(lists) - 1), min_size=1, max_size=6))
    padded, lengths = Ragged.of(column_of(lists)).padded(torch.tensor(rows))
    assert padded.tolist() == padded_by_hand([lists[row] for row in rows])
    assert lengths.tolist() == [len(lists[row]) for row in rows]
    assert padded.dtype == lengths.dtype == torch.int64


@many
@given(st.lists(sentences, min_size=2, max_size=12), st.data())
def test_a_slice_of_a_column_is_read_from_its_own_beginning(lists: list[Ids], data: st.DataObject) -> None:
    start = data.draw(st.integers(1, len(lists) - 1))
    ragged = Ragged.of(column_of(lists)[start:])
    assert len(ragged) == len(lists) - start
    assert ragged.padded(torch.arange(len(ragged)))[0].tolist() == padded_by_hand(lists[start:])


def test_no_rows_give_no_sentences_of_one_column() -> None:
    for lists in ([], [[4, EOS]]):
        padded, lengths = Ragged.of(column_of(lists)).padded(torch.arange(0))
        assert padded.shape == (0, 1)
        assert lengths.shape == (0,)
        assert padded.dtype == lengths.dtype == torch.int64


def test_what_was_padded_may_be_written_to_and_the_column_stays() -> None:
    column = column_of([[4, EOS], [5, 6, EOS]])
    padded, lengths = Ragged.of(column).padded(torch.tensor([0, 1]))
    padded.fill_(9)
    lengths.fill_(9)
    assert column.to_pylist() == [[4, EOS], [5, 6, EOS]]


def test_ragged_of_nothing_is_empty() -> None:
    assert len(Ragged.of(column_of([]))) == 0


def test_ragged_looks_at_the_column_without_copying() -> None:
    column = column_of([[4, EOS], [5, 6, EOS]])
    assert Ragged.of(column).tokens.data_ptr() == column.values.buffers()[1].address


@many
@given(st.lists(sentences, min_size=1))
def test_pad_agrees_with_padding_by_hand(lists: list[Ids]) -> None:
    padded, lengths = pad(lists)
    assert padded.tolist() == padded_by_hand(lists)
    assert lengths.tolist() == [len(ids) for ids in lists]
    assert padded.dtype == lengths.dtype == torch.int64


def test_pad_uses_the_padding_symbol() -> None:
    padded, _ = pad([[7, EOS], [EOS]])
    assert padded[1, 1] == PAD == 0
