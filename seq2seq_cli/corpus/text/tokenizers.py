"""The ways of splitting words into tokens; TOKENIZERS."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq_cli.corpus.text.bpe import BpeTokenizer
from seq2seq_cli.corpus.text.tokenizer import Tokenizer, WordStartTokenizer, marked
from seq2seq_cli.registry import Registry

_JOINER = "￭"
_JOINER_OF_THE_TEXT = "■"  # what Unicode says that ￭, a half-width form, stands for
_GLUE = re.compile(f" ?{_JOINER} ?")


@dataclass(frozen=True)
class WordTokenizer(Tokenizer):
    """Words are tokens."""

    def tokenize(self, word: str) -> list[str]:
        """Return the word."""
        return [word]

    def detokenize(self, tokens: Sequence[str]) -> str:
        """Put blanks between the tokens."""
        return " ".join(tokens)


@dataclass(frozen=True)
class PunctuationTokenizer(Tokenizer):
    """Every punctuation mark and symbol is a token of its own; ￭ shows where it was attached.

    The rest (letters, digits, `_`) stays together. A ￭ of the text becomes ■. The mark is that of the
    OpenNMT Tokenizer (Klein et al. 2017).

    >>> PunctuationTokenizer().tokenize("(i'm)")
    ['(￭', 'i', "￭'￭", 'm', '￭)']
    """

    def tokenize(self, word: str) -> list[str]:
        """Split signs off."""
        if word.isalnum():
            return [word]
        parts = _parts(word.replace(_JOINER, _JOINER_OF_THE_TEXT))
        tokens = []
        for index, (part, is_sign) in enumerate(parts):
            left = is_sign and index > 0
            right = is_sign and index + 1 < len(parts) and not parts[index + 1][1]
            tokens.append(_JOINER * left + part + _JOINER * right)
        return tokens

    def detokenize(self, tokens: Sequence[str]) -> str:
        """Put blanks between the tokens, but for where they were attached."""
        return _GLUE.sub("", " ".join(tokens))


def _parts(word: str) -> list[tuple[str, bool]]:
    """Cut a word into signs and what stands between them, and say which are signs.

    Accents and joiners (ZWJ) stay with the sign before them: emoji are made of them.
    """
    starts: list[tuple[int, bool]] = []
    for place, character in enumerate(word):
        category = unicodedata.category(character)
        is_sign = category[0] in "PS" and character != "_"
        if is_sign or not starts or (starts[-1][1] and category[0] not in "MC"):
            starts.append((place, is_sign))
    ends = [*(place for place, _ in starts[1:]), len(word)]
    return [(word[start:end], is_sign) for (start, is_sign), end in zip(starts, ends, strict=False)]


@dataclass(frozen=True)
class CharTokenizer(WordStartTokenizer):
    """Every character is a token, and so is the ▁ before each word. A ▁ of the text becomes _.

    >>> CharTokenizer().tokenize("ab")
    ['▁', 'a', 'b']
    """

    def tokenize(self, word: str) -> list[str]:
        """Split between all characters (code points)."""
        return list(marked(word))


TOKENIZERS: Registry[type[Tokenizer]] = Registry(
    "tokenizer",
    {
        "word": WordTokenizer,
        "punctuation": PunctuationTokenizer,
        "char": CharTokenizer,
        "bpe": BpeTokenizer,
    },
)
