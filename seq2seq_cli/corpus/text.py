"""From a line of text to tokens, and back."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seq2seq_cli.registry import Registry

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def normalize_tutorial(text: str) -> str:
    """Lower the case, strip accents, and leave nothing but letters with single spaces between words.

    >>> normalize_tutorial("Qu'est-ce que c'est, Zoë ?")
    'qu est ce que c est zoe'
    """
    lowered = text.lower()
    if not lowered.isascii():
        decomposed = unicodedata.normalize("NFD", lowered)
        lowered = "".join(map(_letter, decomposed)).translate(_LIGATURES)
    return _NOT_LETTERS.sub(" ", lowered).strip()


def _letter(character: str) -> str:
    """Return a letter as it is, nothing for an accent, and a space for anything else."""
    category = unicodedata.category(character)
    return "" if category == "Mn" else character if category.startswith("L") else " "


NORMALIZERS: Registry[Callable[[str], str]] = Registry("normalizer", {"tutorial": normalize_tutorial})


class WordTokenizer:
    """Words are what stands between spaces."""

    def tokenize(self, text: str) -> list[str]:
        """Split normalised text into tokens."""
        return text.split()

    def detokenize(self, tokens: Sequence[str]) -> str:
        """Join tokens to text again."""
        return " ".join(tokens)


TOKENIZERS: Registry[WordTokenizer] = Registry("tokenizer", {"word": WordTokenizer()})


@dataclass(frozen=True)
class TextPipeline:
    """The way from text to tokens that a model was trained with, by the names of its parts.

    Raises UnknownNameError for a name that the registries lack.
    """

    normalizer: str = "tutorial"
    tokenizer: str = "word"

    def __post_init__(self) -> None:
        NORMALIZERS[self.normalizer]
        TOKENIZERS[self.tokenizer]

    def tokens(self, text: str) -> list[str]:
        """Normalise and split."""
        return TOKENIZERS[self.tokenizer].tokenize(NORMALIZERS[self.normalizer](text))

    def text(self, tokens: Sequence[str]) -> str:
        """Join tokens to text again."""
        return TOKENIZERS[self.tokenizer].detokenize(tokens)
