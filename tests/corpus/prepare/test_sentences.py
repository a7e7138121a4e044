"""A column of sentences, compared with normalising each text by itself."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.prepare.sentences import Sentences
from seq2seq_cli.corpus.text import NORMALIZERS, TextPipeline

many = settings(derandomize=True, deadline=None, max_examples=100)
odd = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
blanks = st.text(st.sampled_from(" \n\r\t\x0b\x1c\x85\xa0\u2028\u3000\0"), max_size=3)
plain = st.lists(st.sampled_from(["A", "é", "I'm", "œ", "İ", "한", "...", "<eos>", "\u0301"]), max_size=4)
texts = st.one_of(odd, st.tuples(blanks, odd, blanks, odd).map("".join), plain.map(" ".join))
columns = st.lists(texts, max_size=8)
every_normalizer = pytest.mark.parametrize("normalizer", NORMALIZERS)


def sentences_of(column: list[str], normalizer: str = "tutorial") -> Sentences:
    return Sentences.of(pa.array(column, pa.string()), TextPipeline(normalizer))


def unpacked(sentences: Sentences) -> list[list[str]]:
    words = sentences.words.to_pylist()
    rows = sentences.rows.to_arrow().to_pylist()
    return [[words[number] for number in row] for row in rows]


@every_normalizer
@many
@given(column=columns)
def test_each_text_gives_the_words_that_the_pipeline_gives_for_it_alone(
    column: list[str], normalizer: str
) -> None:
    expected = [TextPipeline(normalizer).words(text) for text in column]
    sentences = sentences_of(column, normalizer)
    assert unpacked(sentences) == expected
    assert len(sentences) == len(column)
    assert sentences.lengths.tolist() == [len(words) for words in expected]
    assert sentences.texts().to_pylist() == [" ".join(words) for words in expected]
    words = sentences.words.to_pylist()
    assert words == list(dict.fromkeys(words))
    assert sentences.texts().type == sentences.words.type == pa.string()


@many
@given(columns, st.integers(0, 8), st.integers(0, 8))
def test_a_slice_of_a_column_is_a_column(column: list[str], start: int, length: int) -> None:
    sliced = pa.array(column, pa.string()).slice(start, length)
    expected = sentences_of(column[start : start + length])
    assert unpacked(Sentences.of(sliced, TextPipeline())) == unpacked(expected)


def test_words_are_numbered_as_they_are_met() -> None:
    assert sentences_of(["b a", "c b"]).words.to_pylist() == ["b", "a", "c"]


@many
@given(columns, columns)
def test_equal_sentences_have_equal_hashes_in_different_blocks(some: list[str], others: list[str]) -> None:
    first, second = sentences_of(some), sentences_of([*others, *some])
    numbers: dict[str, int] = {}
    for block in (first, second):
        for text, number in zip(block.texts().to_pylist(), block.hashes.tolist(), strict=True):
            assert numbers.setdefault(text, number) == number
    assert len(set(numbers.values())) == len(numbers)


@many
@given(columns, st.data())
def test_words_are_counted_in_the_chosen_sentences(column: list[str], data: st.DataObject) -> None:
    mask = data.draw(st.lists(st.booleans(), min_size=len(column), max_size=len(column)))
    sentences = sentences_of(column)
    chosen = [
        word for text, yes in zip(column, mask, strict=True) if yes for word in TextPipeline().words(text)
    ]
    counts = sentences.count(np.array(mask, bool))
    assert counts.tolist() == [chosen.count(word) for word in sentences.words.to_pylist()]


@many
@given(
    st.lists(st.lists(st.sampled_from("abc"), max_size=4), max_size=8),
    st.lists(st.sampled_from("abcx"), max_size=3),
)
def test_sentences_begin_with_a_prefix_word_by_word(rows: list[list[str]], prefix: list[str]) -> None:
    begins = sentences_of([" ".join(row) for row in rows]).begin_with(pa.array(prefix, pa.string()))
    assert begins.tolist() == [row[: len(prefix)] == prefix for row in rows]


@many
@given(columns, st.data())
def test_taken_sentences_bring_only_the_words_they_need(column: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(column) - 1), max_size=8)) if column else []
    whole = sentences_of(column)
    taken = whole.take(np.array(rows, np.int64))
    assert unpacked(taken) == [unpacked(whole)[row] for row in rows]
    assert set(taken.words.to_pylist()) == {word for row in unpacked(taken) for word in row}
    assert taken.hashes.tolist() == [whole.hashes[row] for row in rows]
