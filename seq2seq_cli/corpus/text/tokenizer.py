"""Tokenizer: what all ways of splitting words have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

WORD_START = "▁"


class Tokenizer(ABC):
    """From words to tokens, and back. Words are what stands between blanks of normalised text.

    A tokenizer is a value: equal ones split alike. Tokens are never empty and hold no whitespace, and
    those of all words of a sentence, one after the other, lead back to the sentence.
    """

    learnt: ClassVar[bool] = False
    """Whether the training part has to be learnt from, so that there is something to save."""

    @classmethod
    def learn(cls, counts: Iterable[tuple[str, int]], size: int) -> "Tokenizer":
        """Return a tokenizer for a text.

        Args:
            counts: the words of the training part, and how often it has them.
            size: how many tokens to make, where they are learnt.

        Raises:
            ConfigError: they cannot be learnt with this size, or not on this machine.
            CorpusError: there is nothing to learn from.
        """
        return cls()

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        """Read what save wrote.

        Raises:
            DatasetError: the file is missing or damaged.
            ConfigError: it needs a package that is not installed.
        """
        return cls()

    def save(self, path: Path) -> None:  # noqa: B027  # most have learnt nothing
        """Write what was learnt; no file if that is nothing.

        Raises:
            OutputError: the file cannot be written.
        """

    @abstractmethod
    def tokenize(self, word: str) -> list[str]:
        """Split one word, without regard to its neighbours."""

    @abstractmethod
    def detokenize(self, tokens: Sequence[str]) -> str:
        """Join the tokens of a whole sentence to text again."""


class WordStartTokenizer(Tokenizer):
    """A tokenizer that marks where words start by ▁, as SentencePiece does; a ▁ of the text becomes _."""

    def detokenize(self, tokens: Sequence[str]) -> str:
        """Join the tokens; words start at the marks."""
        return " ".join("".join(tokens).replace(WORD_START, " ").split())


def marked(word: str) -> str:
    """Put the mark before a word, the only one in it."""
    return WORD_START + word.replace(WORD_START, "_")
