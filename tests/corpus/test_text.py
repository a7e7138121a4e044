"""Normalising and tokenising: examples from the tutorial, and properties that hold for every text."""

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.text import NORMALIZERS, TOKENIZERS, TextPipeline, WordTokenizer, normalize_tutorial
from seq2seq_cli.errors import UnknownNameError

EUROPEAN = "abcxyzABCXYZ éèêëÉÊàâçÇîïñôöûùüÿœŒæÆßøłđİşğžåÅ'’-.,;!?…«»0123456789_@\t\n\u00a0\u202f\u0301\u0327"
european_text = st.text(st.sampled_from(EUROPEAN))
many = settings(derandomize=True, deadline=None, max_examples=200)


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("Qu'est-ce que c'est?", "qu est ce que c est"),
        ("I'm glad.", "i m glad"),
        ("Je suis content !", "je suis content"),
        ("Elle n'est pas là.", "elle n est pas la"),
        ("Où êtes-vous allés, Zoë ?", "ou etes vous alles zoe"),
        ("Ça m'est égal…", "ca m est egal"),
        ("Sœur et BŒUF", "soeur et boeuf"),
        ("Lætitia aime les œufs.", "laetitia aime les oeufs"),
        ("Größe, Łódź, Søren", "grosse lodz soren"),
        ("  two   spaces\tand a tab\n", "two spaces and a tab"),
        ("snake_case 2 go", "snake case go"),
        ("1, 2, 3!", ""),
        ("", ""),
    ],
)
def test_a_sentence_is_normalized_as_in_the_tutorial(text: str, normalized: str) -> None:
    assert normalize_tutorial(text) == normalized


def test_composed_and_decomposed_letters_come_out_alike() -> None:
    text = "Été, garçon, naïve, Noël, où"
    decomposed = unicodedata.normalize("NFD", text)
    assert decomposed != text
    assert normalize_tutorial(decomposed) == normalize_tutorial(text) == "ete garcon naive noel ou"


@many
@given(european_text)
def test_normalizing_twice_changes_nothing(text: str) -> None:
    once = normalize_tutorial(text)
    assert normalize_tutorial(once) == once


@many
@given(european_text)
def test_nothing_but_lower_case_letters_and_single_spaces_is_left(text: str) -> None:
    normalized = normalize_tutorial(text)
    assert all(character == " " or character.isalpha() for character in normalized)
    assert normalized == " ".join(normalized.split())
    assert normalized == normalized.lower()


@many
@given(st.text(st.characters(codec="latin-1", categories=["L", "P", "Zs"]), max_size=30))
def test_the_letters_of_western_europe_all_become_ascii(text: str) -> None:
    without = text.translate({ord(c): " " for c in "ªºðÐþÞµ"})  # letters that have no base letter of ASCII
    assert normalize_tutorial(without).isascii()


@many
@given(st.text(st.characters(max_codepoint=127)))
def test_in_ascii_text_every_other_character_parts_words(text: str) -> None:
    words = "".join(c.lower() if c.isalpha() else " " for c in text).split()
    assert normalize_tutorial(text) == " ".join(words)


@many
@given(st.text(st.characters(exclude_categories=())))
def test_no_text_at_all_breaks_the_normalizer(text: str) -> None:
    normalized = normalize_tutorial(text)
    assert normalized == " ".join(normalized.split())
    normalized.encode()  # no surrogate is left


def test_a_lone_surrogate_parts_words() -> None:
    assert normalize_tutorial("oui\ud800non") == "oui non"


def test_letters_of_other_scripts_are_kept() -> None:
    assert normalize_tutorial("Привет, МИР 2!") == "привет мир"
    assert normalize_tutorial("ΑΒΓ, ελλάς") == "αβγ ελλας"


@many
@given(st.lists(st.text("abcé", min_size=1)))
def test_joined_words_are_split_into_the_same_words(words: list[str]) -> None:
    tokenizer = WordTokenizer()
    assert tokenizer.tokenize(tokenizer.detokenize(words)) == words


@many
@given(european_text)
def test_the_pipeline_gives_the_normalized_text_back(text: str) -> None:
    pipeline = TextPipeline()
    assert pipeline.text(pipeline.tokens(text)) == normalize_tutorial(text)


def test_the_pipelines_defaults_are_in_the_tables() -> None:
    pipeline = TextPipeline()
    assert pipeline.normalizer in NORMALIZERS
    assert pipeline.tokenizer in TOKENIZERS


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [({"normalizer": "tutorail"}, "tutorial"), ({"tokenizer": "wrd"}, "word")],
)
def test_an_unknown_name_is_told_at_once(arguments: dict[str, str], suggestion: str) -> None:
    with pytest.raises(UnknownNameError, match=f"Did you mean '{suggestion}'"):
        TextPipeline(**arguments)


EVERY_CHARACTER = "\n".join(map(chr, range(sys.maxunicode + 1)))


def test_normalizing_any_character_twice_changes_nothing() -> None:
    once = normalize_tutorial(EVERY_CHARACTER)
    assert normalize_tutorial(once) == once


def test_of_all_characters_only_letters_are_left() -> None:
    left = set(normalize_tutorial(EVERY_CHARACTER)) - {" "}
    assert {unicodedata.category(character) for character in left} <= {"Ll", "Lo", "Lm", "Lu"}
