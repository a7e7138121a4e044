"""The text pipeline, compared with its parts one by one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.text import NORMALIZERS, TOKENIZERS, TextPipeline
from seq2seq_cli.errors import UnknownNameError

many = settings(derandomize=True, deadline=None, max_examples=100)
every = pytest.mark.parametrize("normalizer", NORMALIZERS)
texts = st.text(st.characters(codec="utf-8") | st.sampled_from("éÉŒ aB.'\n\r\u2028\x85ΣΑ"))
PUNCTUATION = TOKENIZERS["punctuation"].learn([], 0)


@every
@many
@given(st.lists(texts, max_size=6))
def test_many_pieces_give_what_each_gives(normalizer: str, pieces: list[str]) -> None:
    pipeline = TextPipeline(normalizer)
    words = [NORMALIZERS[normalizer](piece.replace("\n", " ")).split() for piece in pieces]
    assert pipeline.words_of(pieces) == [pipeline.words(piece) for piece in pieces] == words


@pytest.mark.parametrize("pieces", [[], [""], ["\n"], ["", ""], ["a\nb"], ["a", "\n", "b"], ["\n\n", "a"]])
def test_each_piece_has_its_words_wherever_lines_break(pieces: list[str]) -> None:
    assert TextPipeline().words_of(pieces) == [piece.split() for piece in pieces]


def test_many_pieces_take_one_call_of_the_normalizer(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def normalize(text: str) -> str:
        calls.append(text)
        return text

    monkeypatch.setattr("seq2seq_cli.corpus.text.pipeline.NORMALIZERS", {"tutorial": normalize})
    assert TextPipeline().words_of(["a", "b\nc", "d"]) == [["a"], ["b", "c"], ["d"]]
    assert calls == ["a\nb c\nd"]


@many
@given(texts)
def test_a_sentence_has_the_tokens_of_its_words(text: str) -> None:
    pipeline = TextPipeline("lower", PUNCTUATION)
    words = NORMALIZERS["lower"](text).split()
    tokens = pipeline.tokens(text)
    assert tokens == [token for word in words for token in PUNCTUATION.tokenize(word)]
    assert pipeline.text(tokens) == PUNCTUATION.detokenize(tokens)


@many
@given(st.lists(texts, max_size=6))
def test_many_sentences_have_the_tokens_of_each(sentences: list[str]) -> None:
    pipeline = TextPipeline("lower", PUNCTUATION)
    assert pipeline.tokens_of(sentences) == [pipeline.tokens(sentence) for sentence in sentences]


def test_a_pipeline_has_the_tutorials_words_if_not_told_otherwise() -> None:
    pipeline = TextPipeline()
    assert (
        pipeline.tokens("I'm glad,\nZoë!") == pipeline.words("I'm glad,\nZoë!") == ["i", "m", "glad", "zoe"]
    )
    assert pipeline.text(["i", "m", "glad"]) == "i m glad"


def test_a_sentence_goes_through_and_comes_back() -> None:
    pipeline = TextPipeline("plain", PUNCTUATION)
    tokens = pipeline.tokens("  I'm  glad,\tZoe\u0308!\n")
    assert tokens == ["I", "￭'￭", "m", "glad", "￭,", "Zoë", "￭!"]
    assert pipeline.text(tokens) == "I'm glad, Zoë!"


def test_an_unknown_normalizer_is_told_at_once() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'tutorial'"):
        TextPipeline("tutorail")


def test_pipelines_are_values() -> None:
    assert TextPipeline() == TextPipeline("tutorial", TOKENIZERS["word"].learn([], 0))
    assert TextPipeline() != TextPipeline("plain")
    assert TextPipeline("plain") != TextPipeline("plain", PUNCTUATION)
