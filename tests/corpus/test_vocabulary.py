"""Word indexing, compared with Counter, sorted and plain lists."""

import contextlib
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import DatasetError, OutputError
from seq2seq_cli.symbols import EOS, PAD, SOS, SPECIAL_SYMBOLS, UNK

SENTENCES = ["je suis content", "tu es content", "je suis fatigue", "il est content", "oui"]
TOKENS = [sentence.split() for sentence in SENTENCES]
HEAD = "<pad>\t0\n<sos>\t0\n<eos>\t0\n<unk>\t0\n"

many = settings(derandomize=True, deadline=None, max_examples=100)
some_words = st.sampled_from([*"abcdefgéñ", "Z", "\U0001f600", "\uffff", *SPECIAL_SYMBOLS])
corpora = st.lists(st.lists(some_words, max_size=8), max_size=12)
odd_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
odd_corpora = st.lists(odd_text.map(TextPipeline("plain").words), max_size=6)


def column(words: list[str]) -> pa.StringArray:
    return pa.array(words, pa.string())


def vocabulary_of(corpus: list[list[str]], min_frequency: int = 1, max_size: int | None = None) -> Vocabulary:
    counts = list(Counter(word for sentence in corpus for word in sentence).items())
    random.Random(len(counts)).shuffle(counts)
    numbers = np.array([count for _, count in counts], np.int64)
    return Vocabulary.ranked(column([word for word, _ in counts]), numbers, min_frequency, max_size)


def ranked_by_hand(corpus: list[list[str]]) -> list[tuple[str, int]]:
    """Words and counts: the more frequent first, equally frequent ones by code point."""
    counts = Counter(word for sentence in corpus for word in sentence if word not in SPECIAL_SYMBOLS)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def counted(vocabulary: Vocabulary) -> list[tuple[str, int]]:
    return list(zip(vocabulary.index_to_word, vocabulary.counts.tolist(), strict=True))[4:]


def test_the_special_symbols_have_the_first_four_indices() -> None:
    assert (PAD, SOS, EOS, UNK) == (0, 1, 2, 3)
    for vocabulary in (vocabulary_of([]), vocabulary_of(TOKENS), Vocabulary.of_counts({"a": 1})):
        assert vocabulary.index_to_word[:4] == ["<pad>", "<sos>", "<eos>", "<unk>"]
        assert vocabulary.counts[:4].tolist() == [0, 0, 0, 0]


def test_the_most_frequent_words_come_first_and_equals_in_alphabetical_order() -> None:
    words = vocabulary_of(TOKENS).index_to_word[4:]
    assert " ".join(words) == "content je suis es est fatigue il oui tu"


@many
@given(corpora, st.integers(1, 6), st.none() | st.integers(0, 6))
def test_words_are_ranked_and_rare_ones_and_those_beyond_the_limit_left_out(
    corpus: list[list[str]], min_frequency: int, max_size: int | None
) -> None:
    frequent = [item for item in ranked_by_hand(corpus) if item[1] >= min_frequency]
    vocabulary = vocabulary_of(corpus, min_frequency, max_size)
    assert counted(vocabulary) == frequent[:max_size]
    assert len(vocabulary) == len(frequent[:max_size]) + 4


def test_a_word_that_training_never_shows_is_left_out() -> None:
    vocabulary = Vocabulary.ranked(column(["a", "b"]), np.array([0, 1]), min_frequency=0)
    assert counted(vocabulary) == [("b", 1)]


@many
@given(corpora)
def test_index_and_word_lead_to_one_another(corpus: list[list[str]]) -> None:
    vocabulary = vocabulary_of(corpus)
    for index in range(4, len(vocabulary)):
        assert vocabulary.word_to_index[vocabulary.index_to_word[index]] == index
    for word in {word for sentence in corpus for word in sentence} - {*SPECIAL_SYMBOLS}:
        assert word in vocabulary
        assert vocabulary.index_to_word[vocabulary.word_to_index[word]] == word


@many
@given(corpora)
def test_a_known_sentence_comes_back_from_its_indices(corpus: list[list[str]]) -> None:
    vocabulary = vocabulary_of(corpus)
    for sentence in corpus:
        indices = vocabulary.indices(sentence)
        assert len(indices) == len(sentence) + 1
        assert indices[-1] == EOS
        assert vocabulary.words(indices) == [w if w not in SPECIAL_SYMBOLS else "<unk>" for w in sentence]


@many
@given(corpora, st.lists(some_words, max_size=12), st.integers(0, 12), st.integers(0, 12))
def test_a_column_is_looked_up_as_words_are_one_by_one(
    corpus: list[list[str]], tokens: list[str], start: int, length: int
) -> None:
    vocabulary = vocabulary_of(corpus)
    found = vocabulary.lookup(column(tokens))
    assert found.tolist() == [vocabulary.word_to_index.get(token, UNK) for token in tokens]
    assert found.tolist() == vocabulary.indices(tokens)[:-1]
    assert found.dtype == np.int32
    sliced = column(tokens).slice(start, length)
    assert vocabulary.lookup(sliced).tolist() == found.tolist()[start : start + length]


@many
@given(corpora, corpora)
def test_recounted_words_stay_and_have_the_counts_of_the_other_corpus(
    corpus: list[list[str]], other: list[list[str]]
) -> None:
    vocabulary = vocabulary_of(corpus)
    counts = Counter(word for sentence in other for word in sentence)
    recounted = vocabulary.recounted(column(list(counts)), np.array(list(counts.values()), np.int64))
    assert counted(recounted) == [(word, counts[word]) for word in vocabulary.index_to_word[4:]]
    assert recounted.counts[:4].tolist() == [0, 0, 0, 0]


def test_an_unknown_word_becomes_unk() -> None:
    vocabulary = vocabulary_of(TOKENS)
    assert "chat" not in vocabulary
    indices = vocabulary.indices(["je", "chat", "content"])
    assert indices == [vocabulary.word_to_index["je"], UNK, vocabulary.word_to_index["content"], EOS]
    assert vocabulary.words(indices) == ["je", "<unk>", "content"]


def test_words_end_before_the_first_eos() -> None:
    vocabulary = vocabulary_of(TOKENS)
    oui = vocabulary.word_to_index["oui"]
    assert vocabulary.words([SOS, oui, EOS, oui, EOS, PAD]) == ["oui"]
    assert vocabulary.words([EOS, oui]) == []
    assert vocabulary.words([oui, oui]) == ["oui", "oui"]


@pytest.mark.parametrize("symbol", SPECIAL_SYMBOLS)
def test_no_text_can_mean_a_special_symbol(symbol: str) -> None:
    vocabulary = vocabulary_of([[symbol, "oui", symbol]])
    assert counted(vocabulary) == [("oui", 1)]
    assert symbol not in vocabulary
    assert vocabulary.indices([symbol, "oui"]) == [UNK, 4, EOS]
    assert vocabulary.lookup(column([symbol, "oui"])).tolist() == [UNK, 4]
    assert vocabulary.recounted(column([symbol]), np.array([7])).counts.tolist() == [0] * 5


def test_vocabularies_are_equal_when_words_and_counts_are() -> None:
    assert vocabulary_of(TOKENS) == vocabulary_of(TOKENS[::-1])
    assert vocabulary_of(TOKENS) != vocabulary_of([*TOKENS, ["oui"]])
    assert Vocabulary.of_counts({"a": 1, "b": 1}) != Vocabulary.of_counts({"b": 1, "a": 1})
    assert Vocabulary.of_counts({"a": 2}) == Vocabulary(column(["a"]), [2])
    assert Vocabulary.of_counts({}) != list(SPECIAL_SYMBOLS)


@many
@given(corpus=odd_corpora | corpora)
def test_a_saved_vocabulary_is_loaded_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "saved.vocab"
    vocabulary = vocabulary_of(corpus)
    vocabulary.save(path)
    assert Vocabulary.load(path) == vocabulary


def test_the_file_has_a_line_for_each_index(tmp_path: Path) -> None:
    path = tmp_path / "target.vocab"
    vocabulary_of([["été", "été", "oui"]]).save(path)
    assert path.read_bytes().decode() == HEAD + "été\t2\noui\t1\n"


def test_a_vocabulary_of_many_words_is_written_whole(tmp_path: Path) -> None:
    words = {f"word{n}": n for n in range(140_000)}
    path = tmp_path / "source.vocab"
    Vocabulary.of_counts(words).save(path)
    expected = HEAD + "".join(f"{word}\t{count}\n" for word, count in words.items())
    assert path.read_text(encoding="utf-8") == expected
    assert Vocabulary.load(path) == Vocabulary.of_counts(words)


@pytest.mark.parametrize(
    "content",
    [
        HEAD + "été\t2\noui\t1",
        "\ufeff" + HEAD + "été\t2\noui\t1\n",
        (HEAD + "été\t2\noui\t1\n").replace("\n", "\r\n"),
    ],
    ids=["no last line end", "byte order mark", "CRLF"],
)
def test_what_editors_leave_behind_does_no_harm(tmp_path: Path, content: str) -> None:
    path = tmp_path / "source.vocab"
    path.write_bytes(content.encode())
    assert Vocabulary.load(path) == Vocabulary.of_counts({"été": 2, "oui": 1})


def test_words_are_in_the_order_of_an_edited_file_not_of_their_counts(tmp_path: Path) -> None:
    path = tmp_path / "source.vocab"
    path.write_text(HEAD + "b\t1\na\t5\nc\t0\n")
    assert Vocabulary.load(path).index_to_word[4:] == ["b", "a", "c"]


def test_a_vocabulary_that_cannot_be_saved_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "source.vocab"
    with pytest.raises(OutputError, match=r"source\.vocab"):
        vocabulary_of(TOKENS).save(path)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (HEAD + "oui\n", 5),
        (HEAD + "oui\t1\n\nnon\t1\n", 6),
        (HEAD + "oui\tmany\n", 5),
        (HEAD + "oui\t-1\n", 5),
        (HEAD + "oui\t1.5\n", 5),
        (HEAD + "oui\t٣\n", 5),
        (HEAD + "oui\t²\n", 5),
        (HEAD + "oui\t\n", 5),
        (HEAD + "\t3\n", 5),
        (HEAD + "oui 3\n", 5),
        (HEAD + "oui non\t3\n", 5),
        (HEAD + "oui\t3\t\n", 5),
        (HEAD + "oui\tnon\t3\n", 5),
        (HEAD + " oui\t3\n", 5),
        (HEAD + "oui\u2028\t3\n", 5),
        (HEAD + "oui\t" + "1" * 19 + "\n", 5),
        (HEAD + "oui\t" + "1" * 5000 + "\n", 5),
        (HEAD + "oui\t2\nnon\t1\noui\t1\n", 7),
        (HEAD + "oui\t2\n<eos>\t1\n", 6),
        (HEAD + "oui\t2\nno", 6),
        (HEAD + "oui\t2\n\n", 6),
    ],
)
def test_a_broken_line_is_named_and_its_right_form_told(tmp_path: Path, content: str, line: int) -> None:
    path = tmp_path / "source.vocab"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError) as caught:
        Vocabulary.load(path)
    assert f"{path}, line {line}:" in caught.value.message
    assert len(caught.value.message) < 200 + len(str(path))
    assert "a word, a tab and a count" in caught.value.hint


@pytest.mark.parametrize(
    "content", ["", "oui\t1\n", "<pad>\t0\n<eos>\t0\n<sos>\t0\n<unk>\t0\n", HEAD[:24], "a\t1\n" + HEAD]
)
def test_a_file_without_the_special_symbols_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "source.vocab"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"source\.vocab does not begin with <pad> <sos> <eos> <unk>"):
        Vocabulary.load(path)


def test_a_missing_file_and_one_that_is_not_utf8_are_named(tmp_path: Path) -> None:
    path = tmp_path / "source.vocab"
    with pytest.raises(DatasetError, match=r"source\.vocab"):
        Vocabulary.load(path)
    path.write_bytes(HEAD.encode() + b"\xe9t\xe9\t1\n")
    with pytest.raises(DatasetError, match=r"source\.vocab is not UTF-8"):
        Vocabulary.load(path)
    with pytest.raises(DatasetError):
        Vocabulary.load(tmp_path)


@many
@given(place=st.integers(0, 60), junk=st.binary(max_size=4))
def test_a_damaged_file_never_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, place: int, junk: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.vocab"
    whole = (HEAD + "été\t12\noui\t7\nnon\t7\n").encode()
    path.write_bytes(whole[:place] + junk + whole[place + 1 :])
    with contextlib.suppress(DatasetError):
        assert Vocabulary.load(path).index_to_word[:4] == list(SPECIAL_SYMBOLS)
