"""What a run is scored on: a part of its data, or sentence pairs of the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from seq2seq_cli.corpus.dataset import Part
from seq2seq_cli.corpus.lists import Integers, Lists
from seq2seq_cli.errors import CorpusError, DatasetError
from seq2seq_cli.runs import Run
from seq2seq_cli.translation.translator import LONGEST_SOURCE

if TYPE_CHECKING:  # loaded where files are read: a part needs none of it
    from seq2seq_cli.corpus.sources import Pair


@dataclass(frozen=True)
class GivenPairs:
    """Sentence pairs that were never prepared, treated as a run's training treated its own.

    Attributes:
        name: what the user calls them.
        sides: sources and targets: their normalised texts, and their tokens' indices, each with <eos>.
    """

    name: str
    sides: tuple[tuple[list[str], Lists], tuple[list[str], Lists]]

    @classmethod
    def of(cls, run: Run, name: str, pairs: Sequence[Pair]) -> GivenPairs:
        """Treat pairs as a run's text was treated; of a source no more is read than when it translates."""
        sides = []
        for column, pipeline, vocabulary, most in zip(
            zip(*pairs, strict=True),
            (run.source_pipeline, run.target_pipeline),
            (run.source_vocabulary, run.target_vocabulary),
            (LONGEST_SOURCE, None),
            strict=True,
        ):
            texts = [" ".join(words) for words in pipeline.words_of(column)]
            ids = Lists.of([vocabulary.indices(tokens[:most]) for tokens in pipeline.tokens_of(column)])
            sides.append((texts, ids))
        return cls(name, (sides[0], sides[1]))

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.sides[0][0])

    @property
    def chunk_rows(self) -> tuple[int, ...]:
        """How many pairs each chunk has: all are one."""
        return (len(self),)

    def ids(self, chunks: Sequence[int]) -> tuple[pa.ListArray, pa.ListArray]:
        """Return the token indices of sources and targets."""
        (_, source), (_, target) = self.sides
        return source.to_arrow(), target.to_arrow()

    def lengths(self, chunks: Sequence[int]) -> tuple[Integers, Integers]:
        """Return the lengths of sources and targets, <eos> counted."""
        source, target = (ids.lengths.astype(np.int32) for _, ids in self.sides)
        return source, target

    def texts(self) -> Iterator[Pair]:
        """Yield sources and targets, normalised."""
        (source, _), (target, _) = self.sides
        return zip(source, target, strict=True)


def read_pairs(names: Sequence[Path]) -> tuple[str, list[Pair]]:
    """Return what to call a file of pairs, and all of them; nothing is passed over in silence.

    Args:
        names: a file in any form that prepare-data takes, sources first; or one of each side.

    Raises:
        CorpusError: it cannot be read, holds no pair, or a line of it is no pair.
        ConfigError: one cannot tell which columns to read.
    """
    from seq2seq_cli.corpus.sources import open_source

    source = open_source([str(name) for name in names])
    pairs: list[Pair] = []
    for block in source.blocks():
        for fault in block.invalid:
            raise CorpusError(f"{fault}.", "Each line should be a source and its translation.")
        pairs.extend(zip(block.first.to_pylist(), block.second.to_pylist(), strict=True))
    if not pairs:
        raise CorpusError(f"{source.name} holds no sentence pairs.")
    return source.name, pairs


def scored_pairs(runs: Sequence[Run], part: str, files: Sequence[Path] = ()) -> list[Part | GivenPairs]:
    """Return what each of some runs is scored on, the same sentences for all.

    Args:
        runs: one or more.
        part: which part of their data.
        files: pairs of the user's in its place; see read_pairs.

    Raises:
        DatasetError: the data of a run are not as they were, there is no such part, it is empty, or others
            have other sentences there.
        CorpusError, ConfigError: the files cannot be read; see read_pairs.
    """
    scored: list[Part | GivenPairs]
    if files:
        name, pairs = read_pairs(files)
        scored = [GivenPairs.of(run, name, pairs) for run in runs]
    else:
        scored = [run.dataset().part(part).not_empty() for run in runs]
    _check_same(runs, scored)
    return scored


def _check_same(runs: Sequence[Run], scored: Sequence[Part | GivenPairs]) -> None:
    """Make sure that runs can be compared: by the same sentences, in the same order.

    Raises:
        DatasetError: they are to be scored on others.
    """
    (first, *others), (first_run, *other_runs) = ([list(pairs.texts()) for pairs in scored], runs)
    for run, pairs in zip(other_runs, others, strict=True):
        if pairs == first:
            continue
        differing = [i for i, (one, other) in enumerate(zip(first, pairs, strict=False)) if one != other]
        row = differing[0] if differing else min(len(first), len(pairs))
        raise DatasetError(
            f"{first_run.name} and {run.name} cannot be compared: their pairs of {scored[0].name} differ, "
            f"{len(first):,} and {len(pairs):,} of them; the first that is not the same is pair {row + 1:,}.",
            "Compare runs that were trained on the same data, or give pairs for both: s2s evaluate --input.",
        )
