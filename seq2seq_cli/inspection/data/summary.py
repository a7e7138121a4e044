"""What there is to know of a data set, as plain data."""

from dataclasses import dataclass
from typing import Any

from seq2seq_cli.corpus.sources import Pair


@dataclass(frozen=True)
class SideSummary:
    """The sources, or the targets, of one part; tokens without <eos>."""

    tokens: int
    mean_length: float  # tokens a sentence
    longest: int
    unknown: float  # per cent of the tokens
    unknown_words: int | None  # different ones; None where words are not the tokens
    frequent_unknown: list[tuple[str, int]]  # the most frequent of them
    coverage: float | None  # per cent of the different words that the vocabulary has
    capitalised: float  # per cent of the sentences that begin with a capital
    in_capitals: float  # per cent of the words that are written in capitals


@dataclass(frozen=True)
class PartSummary:
    """One part in numbers."""

    name: str
    pairs: int
    source: SideSummary
    target: SideSummary


@dataclass(frozen=True)
class Leak:
    """Sentences that two parts share, on whichever side."""

    parts: tuple[str, str]
    sentences: int
    examples: list[str]


@dataclass(frozen=True)
class Ambiguity:
    """Sentences of one side that have several different counterparts on the other."""

    sentences: int
    share: float  # per cent of the pairs that have such a sentence
    most: int  # counterparts of the sentence with the most; 0 if none has several
    greatest: str | None  # that sentence
    counterparts: list[str]  # some of them


@dataclass(frozen=True)
class Suspicion:
    """Pairs that look wrong for one reason."""

    kind: str
    usual: str  # what the other pairs are like
    pairs: dict[str, int]  # part -> how many
    examples: list[Pair]


@dataclass(frozen=True)
class DataSummary:
    """A data set in numbers."""

    folder: str
    provenance: dict[str, Any]
    settings: dict[str, Any]
    changed_settings: dict[str, str]  # those that differ from the defaults, as --set spells them
    counts: dict[str, Any]
    parts: list[PartSummary]
    source_lengths: dict[int, int]  # words -> sentences of the training part
    target_lengths: dict[int, int]
    shared_sentences: int  # sentences that occur in more than one part; 0 as it should be
    leaks: list[Leak]  # ... for each two parts
    several_targets: Ambiguity  # of sources
    several_sources: Ambiguity  # of targets
    suspicious: list[Suspicion]
    remarks: list[str]  # what deserves attention
