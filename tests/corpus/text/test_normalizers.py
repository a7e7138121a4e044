"""Normalising: examples, the contract of every normalizer, and properties that hold for every text."""

import re
import sys
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.text import NORMALIZERS, normalizers
from seq2seq_cli.errors import UnknownNameError

EUROPEAN = "abcxyzABCXYZ éèêëÉÊàâçÇîïñôöûùüÿœŒæÆßøłđİşğžåÅ'’-.,;!?…«»0123456789_@\t\n\u00a0\u202f\u0301\u0327"
# Capitals whose small form depends on neighbours or is longer, what composes, joins, parts or is not seen.
TRICKY = (
    "ΣΑσςİIıǅÅKΩẞ가ㄱ\u1100\u1161\u0301\u0307\u0338\u0345\u093c\u0928\u093e "
    "\u00a0\u2028\x00\x1c\x85\r\t.:'\u00ad\u200b\u200c\u200d\ufeff"
)
CHARACTERS = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if character != "\n" and unicodedata.category(character) not in ("Cn", "Co")  # which mean nothing
]
EVERY_CHARACTER = "\n".join(CHARACTERS)

many = settings(derandomize=True, deadline=None, max_examples=120)
every = pytest.mark.parametrize("name", NORMALIZERS)
characters = st.characters(codec="utf-8") | st.sampled_from(TRICKY) | st.sampled_from(EUROPEAN)
texts = st.text(characters)
lines = texts.map(lambda text: text.replace("\n", " "))

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})


def tutorial(text: str) -> list[str]:
    """The words of the tutorial's normalisation, step by step."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    kept = []
    for character in decomposed.translate(LIGATURES):
        category = unicodedata.category(character)
        if category != "Mn":
            kept.append(character if category.startswith("L") else " ")
    return re.sub(r"[\W\d_]+", " ", "".join(kept)).split()


# The contract


@every
@many
@given(lines, lines)
def test_lines_are_normalized_each_by_itself(name: str, first: str, second: str) -> None:
    normalize = NORMALIZERS[name]
    assert normalize(first + "\n" + second) == normalize(first) + "\n" + normalize(second)


@every
@many
@given(texts, texts)
def test_what_blanks_part_is_normalized_each_by_itself(name: str, first: str, second: str) -> None:
    normalize = NORMALIZERS[name]
    assert normalize(first + " " + second).split() == normalize(first).split() + normalize(second).split()


@every
@many
@given(texts)
def test_a_sentence_is_what_its_pieces_give(name: str, text: str) -> None:
    normalize = NORMALIZERS[name]
    pieces = [normalize(piece).split() for piece in text.split()]
    assert normalize(text).split() == [word for piece in pieces for word in piece]


@every
@many
@given(texts)
def test_normalizing_twice_changes_no_word(name: str, text: str) -> None:
    once = NORMALIZERS[name](text)
    assert NORMALIZERS[name](once).split() == once.split()


@every
def test_every_character_has_its_line_and_is_normalized_once_for_all(name: str) -> None:
    once = NORMALIZERS[name](EVERY_CHARACTER)
    assert once.count("\n") == EVERY_CHARACTER.count("\n") == len(CHARACTERS) - 1 > 140_000
    assert NORMALIZERS[name](once).split() == once.split()


@every
@many
@given(st.text(st.characters(exclude_categories=())))
def test_lone_surrogates_are_gone(name: str, text: str) -> None:
    NORMALIZERS[name](text + "\ud800").encode()


@every
@many
@given(texts)
def test_composed_and_decomposed_letters_come_out_alike(name: str, text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert NORMALIZERS[name](composed).split() == NORMALIZERS[name](decomposed).split()


# tutorial


@pytest.mark.parametrize(
    ("text", "words"),
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
        ("Привет, МИР 2!", "привет мир"),
        ("ΑΒΓ, ελλάς", "αβγ ελλας"),
        ("oui\ud800non", "oui non"),
        ("काम", "क म"),
        ("1, 2, 3!", ""),
        ("", ""),
    ],
)
def test_a_sentence_is_normalized_as_in_the_tutorial(text: str, words: str) -> None:
    assert NORMALIZERS["tutorial"](text).split() == words.split()


@many
@given(texts)
def test_any_text_is_normalized_as_in_the_tutorial(text: str) -> None:
    assert NORMALIZERS["tutorial"](text).split() == tutorial(text)


def test_every_character_is_normalized_as_in_the_tutorial() -> None:
    normalized = NORMALIZERS["tutorial"](EVERY_CHARACTER).split("\n")
    for character, line in zip(CHARACTERS, normalized, strict=True):
        assert line.split() == tutorial(character)


@many
@given(st.text(st.characters(codec="latin-1", categories=["L", "P", "Zs"]), max_size=30))
def test_the_letters_of_western_europe_all_become_ascii(text: str) -> None:
    without = text.translate({ord(c): " " for c in "ªºðÐþÞµ"})  # letters that have no base letter of ASCII
    assert NORMALIZERS["tutorial"](without).isascii()


@many
@given(st.text(st.characters(max_codepoint=127)))
def test_in_ascii_text_every_other_character_parts_words(text: str) -> None:
    words = "".join(c.lower() if c.isalpha() else " " for c in text).split()
    assert NORMALIZERS["tutorial"](text).split() == words


# lower and plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Qu'est-ce que c'est, Zoe\u0308 ?", "Qu'est-ce que c'est, Zoë ?"),
        ("3.14 % de SNAKE_case…", "3.14 % de SNAKE_case…"),
        ("soft\u00adhyphen, \ufeffBOM, zero\u200bwidth", "softhyphen, BOM, zerowidth"),
        ("e\u00ad\u0301", "é"),
        ("a\x00b\tc\rd\x1be\x85f", "a b c d e f"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("a \u0301b", "a \u0301b"),
        ("\U0001f600 ＡＢ ﬁ ①", "\U0001f600 ＡＢ ﬁ ①"),
        ("oui\ud800non", "oui non"),
    ],
)
def test_plain_keeps_what_can_be_seen(text: str, plain: str) -> None:
    assert NORMALIZERS["plain"](text).split() == plain.split()


@pytest.mark.parametrize(
    ("text", "lower"),
    [
        ("Où êtes-VOUS, É\u0301T\u00ade\u0301 2?", "où êtes-vous, é\u0301té 2?"),
        ("ΟΔΟΣ ΣΑΣ.", "οδος σας."),
        ("İI", "i\u0307i"),
        ("J\u030c H\u0331", "\u01f0 \u1e96"),  # composed as small letters alone
        ("STRASSE Straße", "strasse straße"),
    ],
)
def test_lower_is_plain_without_capitals(text: str, lower: str) -> None:
    assert NORMALIZERS["lower"](text).split() == lower.split()


@pytest.mark.parametrize("name", ["lower", "plain"])
@many
@given(texts)
def test_lower_and_plain_leave_composed_text_without_what_cannot_be_seen(name: str, text: str) -> None:
    normalized = NORMALIZERS[name](text)
    assert unicodedata.is_normalized("NFC", normalized)
    unseen = {c for c in normalized if unicodedata.category(c) in ("Cc", "Cf", "Cs")}
    assert unseen <= {"\n", "\u200c", "\u200d"}


@many
@given(texts)
def test_lower_has_no_capital_left(text: str) -> None:
    normalized = NORMALIZERS["lower"](text)
    assert normalized == unicodedata.normalize("NFC", normalized.lower())


@many
@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_plain_changes_nothing_but_the_form_of_visible_text(text: str) -> None:
    assert NORMALIZERS["plain"](text) == unicodedata.normalize("NFC", text)


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'tutorial'"):
        NORMALIZERS["tutorail"]


# Marks by the hundred thousand

MARKS = "\u0301\u0327\u0345\u05b0\u0f73\u0f71\u0344\u302e\U0001d165"


@every
@many
@given(st.lists(st.text(MARKS, min_size=20) | texts).map("".join))
def test_many_marks_are_normalized_as_few_are(name: str, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(normalizers, "_MANY_MARKS", re.compile("(?!)"))
        expected = NORMALIZERS[name](text)
    assert NORMALIZERS[name](text) == expected


@every
@pytest.mark.parametrize("marks", ["\u0301\u0327", "\u0f73", "\u302e\U0001d165"])
def test_marks_on_one_letter_cost_no_more_than_letters_do(name: str, marks: str) -> None:
    began = time.process_time()
    NORMALIZERS[name]("e" + marks * 200_000)
    assert time.process_time() - began < 5  # minutes, were it quadratic
