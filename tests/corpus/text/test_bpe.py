"""Byte-pair encoding, compared with the algorithm of the paper, spelt out."""

import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.text.bpe import BpeTokenizer
from seq2seq_cli.errors import ConfigError, CorpusError, DatasetError, OutputError

sentencepiece = pytest.importorskip("sentencepiece")

COUNTS = [("low", 11), ("lower", 5), ("newest", 23), ("widest", 3), ("slowest", 1), ("été", 2), ("it's", 1)]
ALPHABET = len(set("▁").union(*(word for word, _ in COUNTS)))
LEARN_AND_PRINT = """
import hashlib
from seq2seq_cli.corpus.text.bpe import BpeTokenizer
print(hashlib.sha256(BpeTokenizer.learn({counts!r}, {size}).model).hexdigest())
"""

many = settings(derandomize=True, deadline=None, max_examples=100)


@pytest.fixture(scope="module")
def tokenizer() -> BpeTokenizer:
    return BpeTokenizer.learn(COUNTS, ALPHABET + 16)


def pieces_of(tokenizer: BpeTokenizer) -> list[str]:
    processor = sentencepiece.SentencePieceProcessor(model_proto=tokenizer.model)
    return [processor.id_to_piece(index) for index in range(processor.get_piece_size())]


def pair_counts(words: dict[tuple[str, ...], int]) -> Counter[str]:
    pairs: Counter[str] = Counter()
    for pieces, count in words.items():
        for left, right in pairwise(pieces):
            pairs[left + right] += count
    return pairs


def merged(pieces: tuple[str, ...], piece: str) -> tuple[str, ...]:
    result: list[str] = []
    for new in pieces:
        if result and result[-1] + new == piece:
            result[-1] = piece
        else:
            result.append(new)
    return tuple(result)


# Learning


def test_every_piece_joins_the_most_frequent_pair(tokenizer: BpeTokenizer) -> None:
    words = {tuple("▁" + word): count for word, count in COUNTS}
    merges = [piece for piece in pieces_of(tokenizer) if len(piece) > 1 and piece != "<unk>"]
    assert len(merges) == 16
    for piece in merges:
        pairs = pair_counts(words)
        assert pairs[piece] == max(pairs.values())
        words = {merged(pieces, piece): count for pieces, count in words.items()}


def test_there_are_as_many_pieces_as_asked_for_and_unk(tokenizer: BpeTokenizer) -> None:
    pieces = pieces_of(tokenizer)
    assert len(pieces) == len(set(pieces)) == ALPHABET + 16 + 1
    assert [piece for piece in pieces if piece in ("<unk>", "<s>", "</s>", "<pad>")] == ["<unk>"]


def test_counts_weigh() -> None:
    assert BpeTokenizer.learn([("ab", 9), ("cd", 1)], 7).tokenize("abcd") == ["▁ab", "c", "d"]
    assert BpeTokenizer.learn([("ab", 1), ("cd", 9)], 7).tokenize("cdab") == ["▁cd", "a", "b"]


def test_a_small_text_gives_fewer_pieces_than_asked_for() -> None:
    tokenizer = BpeTokenizer.learn(COUNTS, 30_000)
    assert len(pieces_of(tokenizer)) < 200
    assert tokenizer.tokenize("newest") == ["▁newest"]


def test_the_smallest_size_gives_characters() -> None:
    tokenizer = BpeTokenizer.learn(COUNTS, ALPHABET)
    assert tokenizer.tokenize("newest") == ["▁", *"newest"]


@pytest.mark.parametrize("size", [0, 1, ALPHABET - 1])
def test_a_size_that_the_characters_do_not_fit_in_is_told(size: int) -> None:
    with pytest.raises(ConfigError, match=rf"data\.subwords: {size} .* {ALPHABET}.* at least {ALPHABET}"):
        BpeTokenizer.learn(COUNTS, size)


@pytest.mark.parametrize("counts", [[], [("x" * 5000, 3)], [("a▅", 1)]])
def test_nothing_to_learn_from_is_told(counts: list[tuple[str, int]]) -> None:
    with pytest.raises(CorpusError, match=f"{len(counts)} different words"):
        BpeTokenizer.learn(counts, 100)


def test_equal_counts_give_an_equal_model_in_any_order_and_process(tokenizer: BpeTokenizer) -> None:
    size = ALPHABET + 16
    assert BpeTokenizer.learn(iter(COUNTS), size).model == tokenizer.model
    assert BpeTokenizer.learn(COUNTS[::-1], size).model == tokenizer.model
    assert BpeTokenizer.learn(COUNTS, size + 1).model != tokenizer.model
    script = LEARN_AND_PRINT.format(counts=COUNTS, size=size)
    runs = [subprocess.run([sys.executable, "-c", script], capture_output=True, check=True) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout
    assert [run.stderr for run in runs] == [b"", b""]


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    odd = [*COUNTS, ("x" * 5000, 1), ("a▅b⁇c▁", 1), ("<s>", 1), ("<unk>", 1), ("\uffff\ue000", 1)]
    tokenizer = BpeTokenizer.learn(odd, 500)
    tokenizer.save(tmp_path / "subwords")
    for word, _ in odd:
        BpeTokenizer.load(tmp_path / "subwords").tokenize(word)
    with pytest.raises(CorpusError):
        BpeTokenizer.learn([], 100)
    assert capfd.readouterr() == ("", "")


# Tokenizing


@many
@given(word=st.text("lowernstid", min_size=1, max_size=30))
def test_a_word_is_joined_from_its_characters_merge_by_merge(tokenizer: BpeTokenizer, word: str) -> None:
    rank = {piece: rank for rank, piece in enumerate(pieces_of(tokenizer)) if len(piece) > 1}
    pieces = ["▁", *word]
    while pairs := [pair for pair in map("".join, pairwise(pieces)) if pair in rank]:
        first = min(pairs, key=rank.__getitem__)
        place = next(i for i in range(len(pieces)) if pieces[i] + pieces[i + 1] == first)
        pieces[place : place + 2] = [first]
    assert tokenizer.tokenize(word) == pieces


@many
@given(word=st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1))
def test_the_pieces_of_any_word_join_to_it(tokenizer: BpeTokenizer, word: str) -> None:
    pieces = tokenizer.tokenize(word)
    assert "".join(pieces) == "▁" + word.replace("▁", "_")
    assert all(piece.startswith("▁") == (index == 0) for index, piece in enumerate(pieces))


@pytest.mark.parametrize(
    "word", ["<unk>", "<s>", "▅", "⁇", "\uffff", "\U0010ffff", "日本語", "x" * 100_000, "low" * 9999]
)
def test_odd_words_are_kept(tokenizer: BpeTokenizer, word: str) -> None:
    assert tokenizer.detokenize(tokenizer.tokenize("low") + tokenizer.tokenize(word)) == "low " + word


# Saving and loading


def test_the_saved_file_is_one_of_sentencepiece(tokenizer: BpeTokenizer, tmp_path: Path) -> None:
    path = tmp_path / "target.subwords"
    tokenizer.save(path)
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    assert processor.encode("the lowest", out_type=str) == [
        *tokenizer.tokenize("the"),
        *tokenizer.tokenize("lowest"),
    ]


@many
@given(place=st.integers(0, 10_000), junk=st.binary(max_size=3), rest=st.booleans())
def test_a_damaged_file_is_named(
    tokenizer: BpeTokenizer, tmp_path_factory: pytest.TempPathFactory, place: int, junk: bytes, rest: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.subwords"
    tokenizer.save(path)
    whole = path.read_bytes()
    place %= len(whole)
    damaged = whole[:place] + junk + whole[place + len(junk) :] * rest
    path.write_bytes(damaged)
    if damaged == whole:
        assert BpeTokenizer.load(path) == tokenizer
    else:
        with pytest.raises(DatasetError, match=r"damaged\.subwords"):
            BpeTokenizer.load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "source.subwords", tmp_path):
        with pytest.raises(DatasetError) as caught:
            BpeTokenizer.load(path)
        assert str(path) in str(caught.value)


def test_a_model_that_cannot_be_saved_says_where(tokenizer: BpeTokenizer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"source\.subwords"):
        tokenizer.save(tmp_path / "file" / "source.subwords")


def test_without_sentencepiece_the_extra_is_named(
    tokenizer: BpeTokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "source.subwords"
    tokenizer.save(path)
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(ConfigError, match=r"pip install 'seq2seq-cli\[bpe\]'"):
        BpeTokenizer.learn(COUNTS, 50)
    with pytest.raises(ConfigError, match=r"pip install 'seq2seq-cli\[bpe\]'"):
        BpeTokenizer.load(path)
    assert tokenizer.detokenize(["▁low", "er"]) == "lower"
