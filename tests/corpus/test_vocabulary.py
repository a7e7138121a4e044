"""Word indexing, compared with Counter and plain lists."""

import contextlib
from collections import Counter
from pathlib import Path

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
corpora = st.lists(st.lists(st.sampled_from("abcdefgéñ"), max_size=8), max_size=12)
normalized_corpora = st.lists(st.text(max_size=20).map(TextPipeline().tokens), max_size=6)


def counted(vocabulary: Vocabulary) -> dict[str, int]:
    words = dict(zip(vocabulary.index_to_word, vocabulary.counts, strict=True))
    return {word: count for word, count in words.items() if word not in SPECIAL_SYMBOLS}


def test_the_special_symbols_have_the_first_four_indices() -> None:
    assert (PAD, SOS, EOS, UNK) == (0, 1, 2, 3)
    for vocabulary in (Vocabulary.of([]), Vocabulary.of(TOKENS)):
        assert vocabulary.index_to_word[:4] == ["<pad>", "<sos>", "<eos>", "<unk>"]
        assert vocabulary.counts[:4] == [0, 0, 0, 0]


def test_the_most_frequent_words_come_first_and_equals_in_alphabetical_order() -> None:
    words = Vocabulary.of(TOKENS).index_to_word[4:]
    assert " ".join(words) == "content je suis es est fatigue il oui tu"


@many
@given(corpora)
def test_every_word_is_counted(corpus: list[list[str]]) -> None:
    vocabulary = Vocabulary.of(corpus)
    oracle = Counter(word for sentence in corpus for word in sentence)
    assert counted(vocabulary) == oracle
    assert len(vocabulary) == len(oracle) + 4
    assert vocabulary.counts[4:] == sorted(oracle.values(), reverse=True)


@many
@given(corpora, st.integers(1, 6), st.none() | st.integers(0, 6))
def test_rare_words_and_those_beyond_the_limit_are_left_out(
    corpus: list[list[str]], min_frequency: int, max_size: int | None
) -> None:
    vocabulary = Vocabulary.of(corpus, min_frequency, max_size)
    oracle = Counter(word for sentence in corpus for word in sentence)
    frequent = {word: n for word, n in oracle.items() if n >= min_frequency}
    kept = counted(vocabulary)
    assert len(kept) == (len(frequent) if max_size is None else min(len(frequent), max_size))
    assert kept.items() <= frequent.items()
    assert all(frequent[word] <= n for word in frequent.keys() - kept.keys() for n in kept.values())


@many
@given(corpora)
def test_index_and_word_lead_to_one_another(corpus: list[list[str]]) -> None:
    vocabulary = Vocabulary.of(corpus)
    for index in range(len(vocabulary)):
        assert vocabulary.word_to_index[vocabulary.index_to_word[index]] == index
    for word in {word for sentence in corpus for word in sentence}:
        assert word in vocabulary
        assert vocabulary.index_to_word[vocabulary.word_to_index[word]] == word


@many
@given(corpora)
def test_a_known_sentence_comes_back_from_its_indices(corpus: list[list[str]]) -> None:
    vocabulary = Vocabulary.of(corpus)
    for sentence in corpus:
        indices = vocabulary.indices(sentence)
        assert len(indices) == len(sentence) + 1
        assert indices[-1] == EOS
        assert vocabulary.words(indices) == sentence


def test_an_unknown_word_becomes_unk() -> None:
    vocabulary = Vocabulary.of(TOKENS)
    assert "chat" not in vocabulary
    indices = vocabulary.indices(["je", "chat", "content"])
    assert indices == [vocabulary.word_to_index["je"], UNK, vocabulary.word_to_index["content"], EOS]
    assert vocabulary.words(indices) == ["je", "<unk>", "content"]


def test_words_end_before_the_first_eos() -> None:
    vocabulary = Vocabulary.of(TOKENS)
    oui = vocabulary.word_to_index["oui"]
    assert vocabulary.words([SOS, oui, EOS, oui, EOS, PAD]) == ["oui"]
    assert vocabulary.words([EOS, oui]) == []
    assert vocabulary.words([oui, oui]) == ["oui", "oui"]


def test_a_special_symbol_in_the_text_gets_no_second_index() -> None:
    vocabulary = Vocabulary.of([["<eos>", "oui", "<pad>"]])
    assert vocabulary.index_to_word == [*SPECIAL_SYMBOLS, "oui"]
    assert vocabulary.counts == [0, 0, 0, 0, 1]


def test_vocabularies_are_equal_when_words_and_counts_are() -> None:
    assert Vocabulary.of(TOKENS) == Vocabulary.of(reversed(TOKENS))
    assert Vocabulary.of(TOKENS) != Vocabulary.of([*TOKENS, ["oui"]])
    assert Vocabulary({"a": 1, "b": 1}) != Vocabulary({"b": 1, "a": 1})
    assert Vocabulary({}) != list(SPECIAL_SYMBOLS)


@many
@given(corpus=normalized_corpora)
def test_a_saved_vocabulary_is_loaded_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "saved.vocab"
    vocabulary = Vocabulary.of(corpus)
    vocabulary.save(path)
    assert Vocabulary.load(path) == vocabulary


def test_the_file_has_a_line_for_each_index(tmp_path: Path) -> None:
    path = tmp_path / "target.vocab"
    Vocabulary.of([["été", "été", "oui"]]).save(path)
    assert path.read_bytes().decode() == HEAD + "été\t2\noui\t1\n"


def test_a_vocabulary_that_cannot_be_saved_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "source.vocab"
    with pytest.raises(OutputError, match=r"source\.vocab"):
        Vocabulary.of(TOKENS).save(path)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (HEAD + "oui\n", 5),
        (HEAD + "oui\t1\n\nnon\t1\n", 6),
        (HEAD + "oui\tmany\n", 5),
        (HEAD + "oui\t-1\n", 5),
        (HEAD + "oui\t1.5\n", 5),
        (HEAD + "oui\t\n", 5),
        (HEAD + "\t3\n", 5),
        (HEAD + "oui 3\n", 5),
        (HEAD + "oui\t2\nnon\t1\noui\t1\n", 7),
        (HEAD + "oui\t2\n<eos>\t1\n", 6),
        (HEAD + "oui\t2\nno", 6),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, content: str, line: int) -> None:
    path = tmp_path / "source.vocab"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError) as caught:
        Vocabulary.load(path)
    assert f"{path}, line {line}:" in str(caught.value)


@pytest.mark.parametrize("content", ["", "oui\t1\n", "<pad>\t0\n<eos>\t0\n<sos>\t0\n<unk>\t0\n", HEAD[:24]])
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
    with pytest.raises(DatasetError, match=r"source\.vocab"):
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


def test_a_count_too_long_for_a_number_is_named(tmp_path: Path) -> None:
    path = tmp_path / "source.vocab"
    path.write_text("<pad>\t0\n<sos>\t0\n<eos>\t0\n<unk>\t0\noui\t" + "1" * 5000 + "\n")
    with pytest.raises(DatasetError, match="line 5"):
        Vocabulary.load(path)
