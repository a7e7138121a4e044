r"""What a text is stripped of before it is split into tokens.

A normalizer f works line by line and word by word, so that one call treats thousands of lines, and a
piece between blanks comes out the same wherever it stands:

    f(a + "\n" + b) == f(a) + "\n" + f(b)                   for any a and b without a "\n"
    f(a + " " + b).split() == f(a).split() + f(b).split()
    f(f(a)).split() == f(a).split()

The result may have spare blanks.
"""

import re
import unicodedata
from collections.abc import Callable
from itertools import groupby
from typing import Literal

from seq2seq_cli.registry import Registry

_LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"}
_MANY_MARKS = re.compile(r"[^\x00-\x7f\w\s]{32,}")  # marks are none of these
_JOINERS = "\u200c\u200d"  # ZWNJ and ZWJ: Persian and the scripts of India are misspelt without them


class _Table(dict[int, str]):
    """A table for str.translate; what becomes of a character is decided when it is first met."""

    def __init__(self, rule: Callable[[str], str]) -> None:
        self._rule = rule

    def __missing__(self, code: int) -> str:
        self[code] = result = self._rule(chr(code))
        return result


def _only_letters(character: str) -> str:
    if character == "\n" or character in _LIGATURES:
        return _LIGATURES.get(character, character)
    category = unicodedata.category(character)
    return "" if category == "Mn" else character if category.startswith("L") else " "


def _no_controls(character: str) -> str:
    if character == "\n" or character in _JOINERS:
        return character
    category = unicodedata.category(character)
    return "" if category == "Cf" else " " if category in ("Cc", "Cs") else character


def _normalized(form: Literal["NFC", "NFD"], text: str) -> str:
    """Do what unicodedata.normalize does, but not in quadratic time where one letter has thousands of marks.

    Unicode wants marks in the order of their classes; sorted in advance, they cost no more than letters do.
    """
    if not text.isascii():
        text = _MANY_MARKS.sub(_sort_marks, text)
    return unicodedata.normalize(form, text)


def _sort_marks(run: re.Match[str]) -> str:
    apart = "".join(unicodedata.normalize("NFD", character) for character in run[0])
    groups = groupby(apart, lambda character: unicodedata.combining(character) > 0)
    return "".join("".join(sorted(group, key=unicodedata.combining)) for _, group in groups)


_ONLY_LETTERS = _Table(_only_letters)
_NO_CONTROLS = _Table(_no_controls)


def normalize_tutorial(text: str) -> str:
    """Lower the case, strip accents, and leave nothing but letters.

    >>> normalize_tutorial("Qu'est-ce que c'est, Zoë?")
    'qu est ce que c est  zoe '
    """
    return _normalized("NFD", text.lower()).translate(_ONLY_LETTERS)


def normalize_lower(text: str) -> str:
    """Lower the case; leave accents, digits and punctuation. Otherwise like normalize_plain.

    >>> normalize_lower("Qu'est-ce que c'est, Zoë?")
    "qu'est-ce que c'est, zoë?"
    """
    return _normalized("NFC", text.translate(_NO_CONTROLS).lower())


def normalize_plain(text: str) -> str:
    """Compose letters and accents (NFC), and drop what cannot be seen.

    Control characters become blanks; format characters such as soft hyphens go, all but ZWNJ and ZWJ.

    >>> normalize_plain("Qu'est-ce que c'est, Zoe\u0308?")
    "Qu'est-ce que c'est, Zoë?"
    """
    return _normalized("NFC", text.translate(_NO_CONTROLS))


NORMALIZERS: Registry[Callable[[str], str]] = Registry(
    "normalizer", {"tutorial": normalize_tutorial, "lower": normalize_lower, "plain": normalize_plain}
)
