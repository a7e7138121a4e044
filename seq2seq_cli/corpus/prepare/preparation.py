"""From a source to a data set on disk, in passes that hold a few blocks of sentences at a time.

reading     normalise, filter; spool what is kept to disk, and keep a hash of each sentence
splitting   find duplicates and connected groups among the hashes, deal the groups to the parts
counting    the words of the training part; the tokenizer learns, the vocabulary is ranked
writing     words -> tokens -> indices
"""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from seq2seq_cli.corpus.dataset import PARTS, check_free, write_metadata
from seq2seq_cli.corpus.prepare.groups import number_hashes
from seq2seq_cli.corpus.prepare.indexing import Index
from seq2seq_cli.corpus.prepare.lexicon import Lexicon
from seq2seq_cli.corpus.prepare.parallel import in_order
from seq2seq_cli.corpus.prepare.reading import Judged, read, words_of_setting
from seq2seq_cli.corpus.prepare.recipe import Recipe
from seq2seq_cli.corpus.prepare.report import Report
from seq2seq_cli.corpus.prepare.sentences import Sentences
from seq2seq_cli.corpus.prepare.split import DUPLICATE, ELSEWHERE, FREE, TRAIN, Parts, split_pairs
from seq2seq_cli.corpus.prepare.spool import Spool
from seq2seq_cli.corpus.prepare.writing import PartWriter
from seq2seq_cli.corpus.sources import Source
from seq2seq_cli.errors import CorpusError
from seq2seq_cli.files import new_folder


@dataclass(frozen=True)
class Progress:
    """How far a preparation has come."""

    stage: str
    pairs: int  # that this stage has dealt with
    fraction: float | None  # of this stage, from 0 to 1; None where its end is not known


@dataclass(frozen=True)
class Prepared:
    """A data set, written, and how it came to it."""

    folder: Path
    report: Report
    metadata: dict[str, Any]  # as data.yaml has it


def prepare(
    source: Source,
    folder: Path,
    recipe: Recipe,
    *,
    settings: dict[str, Any],
    provenance: dict[str, Any],
    replace: bool = False,
) -> Generator[Progress, None, Prepared]:
    """Make a data set; it appears whole or not at all.

    Args:
        source: where the pairs come from.
        folder: where the data set is to be.
        recipe: what is done with the pairs.
        settings: the config's `data` section, to be kept with the data.
        provenance: where the pairs came from, to be kept with the data.
        replace: whether a data set that already stands there gives way.

    Yields:
        How far it has come.

    Returns:
        What was made.

    Raises:
        CorpusError: the source cannot be read, or nothing of it is left.
        ConfigError: a prefix or a held-out sentence holds no word.
        DatasetError: something stands in the folder already.
        OutputError: the disk is full, or the folder not ours to write.
    """
    check_free(folder, replace)
    held_out = [words_of_setting(recipe.pipeline, text, "data.held_out") for text in recipe.held_out]
    report = Report()
    with new_folder(folder, replacing=replace) as temporary:
        given: list[Parts] = []
        with Spool(temporary) as spool:
            for block in read(source.blocks(), recipe, spool, report):
                given.append(_given_part(block))
                yield Progress("reading", report.read, block.fraction)
        yield _next_stage("splitting", report.kept)
        if not report.kept:
            raise CorpusError(*_nothing_left(source.name, report))
        parts = _split(spool, np.concatenate(given), held_out, recipe, report)
        yield _next_stage("counting", report.kept)
        shared = recipe.shared_vocabulary and not recipe.autoencoder  # whose sides are the same words anyway
        source_words, target_words = Lexicon.of_sides(spool, shared)
        counted = 0
        for number, sentences, targets, block_parts in _with_parts(spool, parts):
            source_words.see(number, sentences.count(block_parts == TRAIN))
            target_words.see(number, targets.count(block_parts == TRAIN))
            _report_dropped(report, sentences, targets, block_parts)
            counted += len(block_parts)
            yield Progress("counting", counted, counted / len(parts))
        yield _next_stage("indexing", report.kept)
        index = Index.of(source_words, target_words, recipe)
        del source_words, target_words  # the index has all that is still needed
        index.save(temporary)
        yield _next_stage("writing", 0)
        sizes = {name: int(np.count_nonzero(parts == part)) for part, name in enumerate(PARTS)}
        with ExitStack() as stack:
            writers = [stack.enter_context(PartWriter(temporary, *size)) for size in sizes.items()]
            written = 0
            for batches in in_order(index, _with_parts(spool, parts)):
                for writer, batch in zip(writers, batches, strict=True):
                    writer.write(batch)
                    written += batch.num_rows
                yield Progress("writing", written, written / sum(sizes.values()))
        spool.remove()
        counts = {
            "read": report.read,
            "invalid": dict(report.invalid),
            "dropped": dict(report.dropped),
            "groups": report.groups,
            **sizes,
            **{f"{side.name}_vocabulary": len(side.vocabulary) for side in index.sides},
        }
        metadata = write_metadata(
            temporary,
            {writer.name: writer.files for writer in writers},
            counts=counts,
            settings=settings,
            provenance={**provenance, "sha256": source.checksum()},
        )
    return Prepared(folder, report, metadata)


def _next_stage(stage: str, pairs: int) -> Progress:
    """Begin a stage, and give back to the system what memory the one before has left free."""
    pa.default_memory_pool().release_unused()
    return Progress(stage, pairs, None)


def _given_part(block: Judged) -> Parts:
    """Return the part that the source puts each kept pair of a block in."""
    part = FREE if block.part is None else PARTS.index(block.part)
    return np.full(len(block.source), part, np.uint8)


def _split(spool: Spool, given: Parts, held_out: list[list[str]], recipe: Recipe, report: Report) -> Parts:
    """Return the part of each kept pair."""
    wanted = Sentences.of(pa.array(map(" ".join, held_out), pa.string()), recipe.pipeline).hashes
    source, target = spool.hashes()
    of_held_out = np.isin(source, wanted) if held_out else np.zeros(len(source), bool)
    there = set(source[of_held_out].tolist())
    named = zip(recipe.held_out, wanted.tolist(), strict=True)
    report.held_out_missing = [text for text, sentence in named if sentence not in there]
    (sources, targets), sentences = number_hashes(source, target)
    del source, target  # twice as large as the numbers
    split = split_pairs(sources, targets, sentences, given, of_held_out, recipe.split, recipe.seed)
    report.groups = split.groups
    if not (split.parts == TRAIN).any():
        raise CorpusError(
            "Nothing is left to train on: every pair went to another part.",
            "Hold fewer sentences out (data.held_out), or give valid and test less (data.split).",
        )
    return split.parts


def _with_parts(spool: Spool, parts: Parts) -> Iterator[tuple[int, Sentences, Sentences, Parts]]:
    """Yield the number of each block, its sentences, and the part of each pair."""
    start = 0
    for number, (source, target) in enumerate(spool.blocks()):
        yield number, source, target, parts[start : start + len(source)]
        start += len(source)


def _report_dropped(report: Report, source: Sentences, target: Sentences, parts: Parts) -> None:
    """Report the pairs of a block that the split drops."""
    for reason, code in (("duplicate", DUPLICATE), ("in another part", ELSEWHERE)):
        if len(rows := np.flatnonzero(parts == code)):
            example, translation = (side.take(rows[:1]).texts()[0].as_py() for side in (source, target))
            report.drop(reason, len(rows), (example, translation))


def _nothing_left(name: str, report: Report) -> tuple[str, str]:
    invalid = "; ".join(str(lines[0]) for lines in report.invalid_lines.values())
    if not report.read:
        if invalid:
            count = report.invalid.total()
            return (
                f"No line of {name} is a pair of sentences ({count:,} lines). {invalid}.",
                "Is that the right file?",
            )
        return f"{name} is empty: no pair of sentences was read.", "Check that it is the right file."
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in report.dropped.most_common())
    return (
        f"None of the {report.read:,} pairs read is left: {reasons}.",
        "Loosen the filter: data.max_length, data.prefixes.",
    )
