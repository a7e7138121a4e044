"""From a source to a data set: normalise, filter, split by connected groups, count words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from seq2seq_cli.corpus.sources import Pair
from seq2seq_cli.corpus.split import split_by_groups
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import ConfigError, CorpusError

TokenPair = tuple[tuple[str, ...], tuple[str, ...]]
"""The tokens of a source sentence and of its target."""

PARTS = ("train", "valid", "test")


@dataclass(frozen=True)
class Filter:
    """Which pairs are kept, judged by the tokens of both columns as they stand in the source.

    Attributes:
        max_length: both sides have fewer words than this.
        prefixes: the first column begins with one of these, word by word; empty to admit all.
    """

    max_length: int
    prefixes: Sequence[Sequence[str]] = ()

    def reason_to_drop(self, first: Sequence[str], second: Sequence[str]) -> str | None:
        """Return why a pair is dropped, or None when it is kept."""
        if not first or not second:
            return "empty"
        if max(len(first), len(second)) >= self.max_length:
            return "too long"
        if self.prefixes and not any(tuple(first[: len(p)]) == tuple(p) for p in self.prefixes):
            return "other beginning"
        return None


@dataclass
class Report:
    """What was read, and what became of it."""

    read: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Pair] = field(default_factory=dict)  # the first pair that each reason dropped
    groups: int = 0
    held_out_missing: list[str] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """How many pairs are left."""
        return self.read - sum(self.dropped.values())

    def drop(self, reason: str, pair: Pair) -> None:
        """Count a dropped pair."""
        self.dropped[reason] += 1
        self.examples.setdefault(reason, pair)


@dataclass(frozen=True)
class Prepared:
    """Token pairs by part, the vocabularies of the training part, and how it came to this."""

    parts: dict[str, list[TokenPair]]
    source_vocabulary: Vocabulary
    target_vocabulary: Vocabulary
    report: Report


def prepare(
    pairs: Iterable[Pair],
    pipeline: TextPipeline,
    *,
    max_length: int,
    prefixes: Sequence[str],
    held_out: Sequence[str],
    reverse: bool,
    autoencoder: bool,
    min_frequency: int,
    max_vocabulary: int | None,
    split: Sequence[float],
    seed: int,
) -> Prepared:
    """Make a data set of sentence pairs.

    Args:
        pairs: what a source yields.
        pipeline: text -> tokens.
        max_length: keep pairs whose sides both have fewer words than this.
        prefixes: keep pairs whose first column begins with one of these; empty to keep all.
        held_out: source sentences that go to the test part, with all that is connected to them.
        reverse: translate from the second column to the first.
        autoencoder: the target is the source itself.
        min_frequency: words rarer in the training part become <unk>.
        max_vocabulary: at most this many words on each side.
        split: the shares of the parts train, valid and test.
        seed: decides which groups go where.

    Raises:
        CorpusError: the source is empty, or nothing of it is left.
        ConfigError: a prefix or a held-out sentence holds no word.
    """
    keep = Filter(max_length, [_words(pipeline, prefix, "data.prefixes") for prefix in prefixes])
    wanted = {_words(pipeline, sentence, "data.held_out"): sentence for sentence in held_out}
    report = Report()
    kept: dict[TokenPair, None] = {}  # a set that remembers the order
    for pair in pairs:
        report.read += 1
        first, second = tuple(pipeline.tokens(pair[0])), tuple(pipeline.tokens(pair[1]))
        if reason := keep.reason_to_drop(first, second):
            report.drop(reason, pair)
            continue
        source, target = (second, first) if reverse else (first, second)
        oriented = (source, source if autoencoder else target)
        if oriented in kept:
            report.drop("duplicate", pair)
        kept[oriented] = None
    if not kept:
        raise CorpusError(*_nothing_left(report))
    chosen = list(kept)
    sources = {source for source, _ in chosen}
    report.held_out_missing = [sentence for tokens, sentence in wanted.items() if tokens not in sources]
    parts, report.groups = split_by_groups(chosen, split, seed, held_out=wanted)
    named = dict(zip(PARTS, parts, strict=True))
    if not named["train"]:
        message = "Nothing is left to train on: every pair is connected to a sentence of data.held_out."
        raise CorpusError(message, "Hold fewer sentences out.")
    source_vocabulary, target_vocabulary = (
        Vocabulary.of((pair[side] for pair in named["train"]), min_frequency, max_vocabulary)
        for side in (0, 1)
    )
    return Prepared(named, source_vocabulary, target_vocabulary, report)


def _words(pipeline: TextPipeline, text: str, key: str) -> tuple[str, ...]:
    """Return the tokens of a text that the config names."""
    tokens = tuple(pipeline.tokens(text))
    if not tokens:
        raise ConfigError(f"{key}: {text!r} holds no word.", "Leave it out.")
    return tokens


def _nothing_left(report: Report) -> tuple[str, str]:
    if not report.read:
        return "The source is empty: no pair of sentences was read.", "Check that it is the right file."
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in report.dropped.most_common())
    return (
        f"None of the {report.read:,} pairs read is left: {reasons}.",
        "Loosen the filter: data.max_length, data.prefixes.",
    )
