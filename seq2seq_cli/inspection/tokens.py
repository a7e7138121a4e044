"""A sentence as a model is given it."""

from dataclasses import dataclass

from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import CorpusError
from seq2seq_cli.symbols import EOS, SPECIAL_SYMBOLS


@dataclass(frozen=True)
class Token:
    """A word as a model is given it."""

    text: str  # as the sentence has it
    index: int  # in the vocabulary; that of <unk> where it lacks the word


def tokens_of(text: str, pipeline: TextPipeline, vocabulary: Vocabulary) -> list[Token]:
    """Return a sentence's tokens, <eos> at their end.

    Raises:
        CorpusError: it holds no word.
    """
    tokens = pipeline.tokens(text)
    if not tokens:
        raise CorpusError(f"There is no word in {text!r}.", "Give a sentence, for example: i m glad.")
    indices = vocabulary.indices(tokens)
    return [Token(*pair) for pair in zip([*tokens, SPECIAL_SYMBOLS[EOS]], indices, strict=True)]
