"""TextPipeline: a normalizer and a tokenizer, from text to tokens and back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from seq2seq_cli.corpus.text.normalizers import NORMALIZERS
from seq2seq_cli.corpus.text.tokenizer import Tokenizer
from seq2seq_cli.corpus.text.tokenizers import WordTokenizer


@dataclass(frozen=True)
class TextPipeline:
    """The way from text to tokens that a model was trained with.

    Text is treated word by word: a sentence gives what its pieces between blanks give, so that whoever
    has many sentences need treat each different piece only once.

    Args:
        normalizer: a name in NORMALIZERS.
        tokenizer: the tokenizer itself, since it may have learnt something.

    Raises:
        UnknownNameError: there is no such normalizer.
    """

    normalizer: str = "tutorial"
    tokenizer: Tokenizer = field(default_factory=WordTokenizer)

    def __post_init__(self) -> None:
        NORMALIZERS[self.normalizer]

    def words(self, text: str) -> list[str]:
        """Return the normalised words of one sentence; a line break parts words."""
        return NORMALIZERS[self.normalizer](text).split()

    def words_of(self, pieces: Sequence[str]) -> list[list[str]]:
        """Return the normalised words of each of many pieces of text, in a fraction of the time."""
        if not pieces:
            return []
        joined = "\n".join(pieces)
        if joined.count("\n") >= len(pieces):
            joined = "\n".join(piece.replace("\n", " ") for piece in pieces)
        return [line.split() for line in NORMALIZERS[self.normalizer](joined).split("\n")]

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of one sentence."""
        return [token for word in self.words(text) for token in self.tokenizer.tokenize(word)]

    def tokens_of(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the tokens of each of many sentences; each different word is split once."""
        sentences = self.words_of(texts)
        pieces = {word: self.tokenizer.tokenize(word) for word in {*chain.from_iterable(sentences)}}
        return [[token for word in sentence for token in pieces[word]] for sentence in sentences]

    def text(self, tokens: Sequence[str]) -> str:
        """Join the tokens of one sentence to text again."""
        return self.tokenizer.detokenize(tokens)
