"""A prepared data set: its parts, their lengths, the words they lack."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from seq2seq_cli.corpus.batching import Ragged
from seq2seq_cli.corpus.dataset import Dataset, Part
from seq2seq_cli.corpus.prepare import PARTS
from seq2seq_cli.symbols import UNK


@dataclass(frozen=True)
class PartSummary:
    """One part in numbers; words without <eos>."""

    name: str
    pairs: int
    source_words: int
    target_words: int
    source_unknown: float  # per cent of the running words
    target_unknown: float


@dataclass(frozen=True)
class DataSummary:
    """A data set in numbers."""

    folder: str
    provenance: dict[str, Any]
    settings: dict[str, Any]
    counts: dict[str, Any]
    parts: list[PartSummary]
    source_lengths: dict[int, int]  # words -> sentences of the training part
    target_lengths: dict[int, int]
    shared_sentences: int  # sentences that occur in more than one part; 0 as it should be


def summarise_data(dataset: Dataset) -> DataSummary:
    """Return what a person wants to know of a data set.

    Raises:
        DatasetError: a part cannot be read.
    """
    parts = [dataset.part(name) for name in PARTS]
    train = parts[0]
    return DataSummary(
        str(dataset.folder),
        dataset.metadata.get("provenance", {}),
        dataset.settings,
        dataset.metadata["counts"],
        [_summarise_part(part) for part in parts],
        _lengths(Ragged.of(train.source_ids)),
        _lengths(Ragged.of(train.target_ids)),
        _shared_sentences(parts),
    )


def _summarise_part(part: Part) -> PartSummary:
    numbers: list[tuple[int, float]] = []
    for ragged in (Ragged.of(part.source_ids), Ragged.of(part.target_ids)):
        words = len(ragged.tokens) - len(part)
        unknown = int((ragged.tokens == UNK).sum())
        numbers.append((words, 100 * unknown / words if words else 0.0))
    (source_words, source_unknown), (target_words, target_unknown) = numbers
    return PartSummary(part.name, len(part), source_words, target_words, source_unknown, target_unknown)


def _lengths(ragged: Ragged) -> dict[int, int]:
    return dict(sorted(Counter((ragged.offsets.diff() - 1).tolist()).items()))


def _shared_sentences(parts: list[Part]) -> int:
    seen: Counter[str] = Counter()
    for part in parts:
        seen.update({sentence for pair in part.texts() for sentence in pair})
    return sum(count > 1 for count in seen.values())
