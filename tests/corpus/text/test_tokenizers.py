"""Splitting words into tokens: the contract of every tokenizer, then each one by examples."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.text import NORMALIZERS, TOKENIZERS, Tokenizer
from seq2seq_cli.errors import UnknownNameError

COUNTS = [("glad", 9), ("sad", 7), ("i'm", 5), ("qu'est-ce", 3), ("été", 2), ("▁￭", 2), ("(a)", 1), ("a▅", 1)]
# The signs that tokenizers join words with, and what becomes of those that the text has itself.
OWN_SIGNS = {"word": ("", ""), "punctuation": ("￭", "■"), "char": ("▁", "_"), "bpe": ("▁", "_")}

many = settings(derandomize=True, deadline=None, max_examples=100)
characters = st.characters(codec="utf-8") | st.sampled_from(
    "glades'i'm ée.,!?()-_…«»￭■▁▅⁇<>\u0301\u200d\ufe0f👩💻"
)
sentences = st.builds(
    lambda normalize, text: normalize(text).split(),
    st.sampled_from(list(NORMALIZERS.values())),
    st.text(characters) | st.sampled_from(["<unk>", "<s> </s>", "▁ ▁", "￭ ￭￭ a￭", "a" * 5000, "日本語。"]),
)


@pytest.fixture(scope="module", params=TOKENIZERS)
def name(request: pytest.FixtureRequest) -> str:
    if request.param == "bpe":
        pytest.importorskip("sentencepiece")
    return str(request.param)


@pytest.fixture(scope="module")
def tokenizer(name: str) -> Tokenizer:
    return TOKENIZERS[name].learn(iter(COUNTS), 40)


# The contract


@many
@given(words=sentences)
def test_the_tokens_of_a_sentence_lead_back_to_it(tokenizer: Tokenizer, name: str, words: list[str]) -> None:
    tokens = [token for word in words for token in tokenizer.tokenize(word)]
    assert tokenizer.detokenize(tokens) == " ".join(words).replace(*OWN_SIGNS[name])


@many
@given(words=sentences)
def test_a_word_has_tokens_and_none_is_empty_or_holds_whitespace(
    tokenizer: Tokenizer, words: list[str]
) -> None:
    for word in words:
        tokens = tokenizer.tokenize(word)
        assert tokens
        assert all(token.split() == [token] for token in tokens)


@many
@given(tokens=st.lists(st.sampled_from(["a", ".", "￭", "￭.", ".￭", "￭.￭", "▁", "▁a", "<unk>"])))
def test_tokens_in_any_order_give_words_with_single_blanks_and_no_marks(
    tokenizer: Tokenizer, name: str, tokens: list[str]
) -> None:
    text = tokenizer.detokenize(tokens)
    assert text == text.replace(OWN_SIGNS[name][0], "")
    assert text == " ".join(text.split())


def test_a_loaded_tokenizer_is_the_one_that_was_saved(
    tokenizer: Tokenizer, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "source.subwords"
    tokenizer.save(path)
    loaded = TOKENIZERS[name].load(path)
    assert loaded == tokenizer
    assert hash(loaded) == hash(tokenizer)
    assert [loaded.tokenize(word) for word, _ in COUNTS] == [tokenizer.tokenize(word) for word, _ in COUNTS]


def test_only_what_is_learnt_is_saved(tokenizer: Tokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "source.subwords")
    assert [*tmp_path.iterdir()] == [tmp_path / "source.subwords"] * tokenizer.learnt
    assert tokenizer.learnt == (tokenizer != type(tokenizer).learn([("other", 1)], 40))


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'word'"):
        TOKENIZERS["wrd"]


# word, punctuation, char


@many
@given(words=sentences)
def test_a_word_is_a_token(words: list[str]) -> None:
    tokenizer = TOKENIZERS["word"].learn([], 0)
    assert [tokenizer.tokenize(word) for word in words] == [[word] for word in words]


@pytest.mark.parametrize(
    ("word", "tokens"),
    [
        ("glad", "glad"),
        ("glad.", "glad ￭."),
        ("i'm", "i ￭'￭ m"),
        ("(a)", "(￭ a ￭)"),
        ("«été»", "«￭ été ￭»"),
        ("?!", "? ￭!"),
        ("...", ". ￭. ￭."),
        ("((a", "( ￭(￭ a"),
        ("3.14€", "3 ￭.￭ 14 ￭€"),
        ("snake_case_2", "snake_case_2"),
        ("e\u0301\u0323.", "e\u0301\u0323 ￭."),
        ("हिन्दी।", "हिन्दी ￭।"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("I❤\ufe0fU", "I ￭❤\ufe0f￭ U"),
        ("👩\u200d💻!", "👩\u200d ￭💻 ￭!"),
        ("￭", "■"),
        ("a￭b", "a ￭■￭ b"),
    ],
)
def test_punctuation_marks_are_split_off(word: str, tokens: str) -> None:
    assert TOKENIZERS["punctuation"].learn([], 0).tokenize(word) == tokens.split(" ")


@many
@given(words=sentences)
def test_a_token_is_one_sign_or_has_none(words: list[str]) -> None:
    tokenizer = TOKENIZERS["punctuation"].learn([], 0)
    for token in (token for word in words for token in tokenizer.tokenize(word)):
        bare = token.strip("￭")
        signs = [c for c in bare if unicodedata.category(c)[0] in "PS" and c != "_"]
        assert signs == [] or signs == [bare[0]]
        assert bool(signs) or bare == token


@many
@given(words=sentences)
def test_every_character_is_a_token_and_a_mark_stands_before_each_word(words: list[str]) -> None:
    tokenizer = TOKENIZERS["char"].learn([], 0)
    for word in words:
        mark, *letters = tokenizer.tokenize(word)
        assert mark == "▁"
        assert letters == [*word.replace("▁", "_")]
    assert tokenizer.detokenize(["▁", "a", "b", "▁", "c"]) == "ab c"
