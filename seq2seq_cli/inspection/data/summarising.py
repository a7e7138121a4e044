"""From a data set to its summary."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pyarrow as pa

from seq2seq_cli.config import describe, from_mapping
from seq2seq_cli.corpus.dataset import PARTS, Dataset, Part
from seq2seq_cli.corpus.naming import SIDES
from seq2seq_cli.corpus.prepare.parallel import in_order
from seq2seq_cli.inspection.data.ambiguity import find_ambiguity
from seq2seq_cli.inspection.data.digest import Digest, digest
from seq2seq_cli.inspection.data.reading import pairs_at, windows
from seq2seq_cli.inspection.data.remarks import remarks_on
from seq2seq_cli.inspection.data.sharing import find_leaks
from seq2seq_cli.inspection.data.sketch import Sketch
from seq2seq_cli.inspection.data.summary import DataSummary, PartSummary
from seq2seq_cli.inspection.data.suspicious import find_suspicious
from seq2seq_cli.inspection.data.tally import Tally

_WHERE = ("data.source", "data.path")  # they differ from the defaults as a matter of course


def summarise_data(dataset: Dataset) -> DataSummary:
    """Return what a person wants to know of a data set, having compared its files with their checksums.

    Memory is needed for a few numbers of each pair, not for the texts: some 60 bytes a pair.

    Raises:
        DatasetError: a file is not as it was written, or cannot be read.
        ConfigError: data.yaml has settings that do not exist.
    """
    dataset.verify()
    changed = _changed_settings(dataset)
    parts = [dataset.part(name) for name in PARTS]
    sketch, tallies = _survey(dataset, parts)
    texts_of = partial(pairs_at, parts)
    pairs = sketch.number()
    shared, leaks = find_leaks(pairs, texts_of)
    source_lengths, target_lengths = (dict(sorted(tally.lengths.items())) for tally in tallies[0])
    several_targets, several_sources = (find_ambiguity(pairs, side, texts_of) for side in range(len(SIDES)))
    summary = DataSummary(
        str(dataset.folder),
        dataset.metadata.get("provenance", {}),
        dataset.settings,
        changed,
        dataset.metadata["counts"],
        [
            PartSummary(part.name, len(part), source.summary(), target.summary())
            for part, (source, target) in zip(parts, tallies, strict=True)
        ],
        source_lengths,
        target_lengths,
        shared,
        leaks,
        several_targets,
        several_sources,
        find_suspicious(sketch, pairs, dataset.settings.get("autoencoder", False), texts_of),
        [],
    )
    return replace(summary, remarks=list(remarks_on(summary)))


def _survey(dataset: Dataset, parts: Sequence[Part]) -> tuple[Sketch, list[list[Tally]]]:
    """Read all pairs once."""
    words_are_tokens = dataset.settings.get("tokenizer", "word") == "word"
    vocabularies = dataset.source_vocabulary, dataset.target_vocabulary
    sketch, tallies = Sketch([len(part) for part in parts]), []
    for part in parts:
        sides = [Tally(len(vocabulary), words_are_tokens) for vocabulary in vocabularies]
        for digests in in_order(partial(_look, words_are_tokens), windows(part)):
            sketch.add(*digests)
            for tally, each in zip(sides, digests, strict=True):
                tally.add(each)
        tallies.append(sides)
    pa.default_memory_pool().release_unused()  # what the windows needed; the pairs' numbers need it now
    return sketch, tallies


def _look(words_are_tokens: bool, window: list[pa.RecordBatch]) -> tuple[Digest, Digest]:
    """Return the numbers of both sides of a window."""
    source, target = (
        digest(_column(window, side), _column(window, f"{side}_ids"), words_are_tokens) for side in SIDES
    )
    return source, target


def _column(window: list[pa.RecordBatch], name: str) -> pa.Array:
    return pa.concat_arrays([chunk.column(name) for chunk in window])


def _changed_settings(dataset: Dataset) -> dict[str, str]:
    config = from_mapping({"data": dataset.settings}, str(dataset.folder / "data.yaml"))
    return {
        info.key: info.text
        for info in describe(config)
        if info.key.startswith("data.") and info.key not in _WHERE and info.value != info.default
    }
