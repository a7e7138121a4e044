"""What is to be done with a source's pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.corpus.text import TextPipeline, Tokenizer


@dataclass(frozen=True)
class Recipe:
    """The choices of a preparation.

    Attributes:
        pipeline: text -> normalised words; its tokenizer is not used here.
        tokenizer: what cuts words into tokens; it may have to learn.
        subwords: how many tokens a tokenizer that learns may make.
        max_length: keep pairs whose sides both have fewer words than this.
        max_length_ratio: ... and where one has at most so many times the words of the other; None for any.
        prefixes: ... and whose first column begins with one of these; empty to admit all.
        drop_identical: ... and whose sides differ.
        strict: whether a line that is no pair is an error; else it is passed over and reported.
        held_out: source sentences that go to the test part, with all that is connected to them.
        reverse: translate from the second column to the first.
        autoencoder: the target is the source itself.
        min_frequency: tokens rarer in the training part become <unk>.
        max_vocabulary: at most this many tokens on each side.
        shared_vocabulary: whether both sides have one vocabulary, and one tokenizer.
        vocabulary: a folder whose source.vocab and target.vocab are used instead of counting (of a shared
            vocabulary the first alone); None to count.
        split: how much valid and test get: shares below 1, or numbers of pairs.
        seed: decides which groups go where.
    """

    pipeline: TextPipeline
    tokenizer: type[Tokenizer]
    max_length: int
    subwords: int = 8000
    max_length_ratio: float | None = None
    prefixes: Sequence[str] = ()
    drop_identical: bool = False
    strict: bool = False
    held_out: Sequence[str] = ()
    reverse: bool = False
    autoencoder: bool = False
    min_frequency: int = 1
    max_vocabulary: int | None = None
    shared_vocabulary: bool = False
    vocabulary: Path | None = None
    split: Sequence[float] = (0.05, 0.05)
    seed: int = 1
