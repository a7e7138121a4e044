"""A few sentence pairs of a data set, for checks that cannot look at all of them."""

from collections.abc import Sequence
from itertools import accumulate

from seq2seq_cli.batch import Batch
from seq2seq_cli.corpus.batching import pad
from seq2seq_cli.corpus.dataset import Part
from seq2seq_cli.errors import DatasetError
from seq2seq_cli.scoring import spread
from seq2seq_cli.symbols import EOS

PAIRS = 8
"""So many pairs are looked at, if there are so many."""

SHORTEST, LONGEST = 5, 12
"""Longer sentences are cut, each at another length between these, <eos> counted: lengths stay ragged."""

_ROWS = 2000
"""About so many pairs are read to choose from."""


def handful(part: Part) -> Batch:
    """Return a few pairs of different sources, from short to long ones.

    The sources differ even as bags of words, and where they are cut, so that every model can tell them apart.

    Raises:
        DatasetError: there are no two such pairs.
    """
    chosen = _different(part)
    if len(chosen) < 2:
        raise DatasetError(
            f"The {part.name} part has fewer than two different sources.",
            "Prepare more pairs: nothing can be learnt from these.",
        )
    chosen.sort(key=lambda pair: (len(pair[0]), len(pair[1])))
    few = [chosen[i] for i in spread(PAIRS, len(chosen))]
    limits = [LONGEST - i * (LONGEST - SHORTEST) // (PAIRS - 1) for i in range(PAIRS)]
    sources = [_cut(source, limit) for (source, _), limit in zip(few, limits, strict=False)]
    targets = [_cut(target, limit) for (_, target), limit in zip(few, reversed(limits), strict=False)]
    return Batch(*pad(sources), *pad(targets))


def rows_of(batch: Batch, rows: Sequence[int]) -> Batch:
    """Return some pairs of a batch, in that order, with no more padding than these need."""
    some = list(rows)
    source_lengths, target_lengths = batch.source_lengths[some], batch.target_lengths[some]
    return Batch(
        batch.source[some, : int(source_lengths.max())],
        source_lengths,
        batch.target[some, : int(target_lengths.max())],
        target_lengths,
    )


def _different(part: Part) -> list[tuple[list[int], list[int]]]:
    """Return pairs from the part's beginning, of which no two have the same words in their sources' begin."""
    enough = next((n for n, rows in enumerate(accumulate(part.chunk_rows), 1) if rows >= _ROWS), None)
    sources, targets = part.ids(range(enough or len(part.chunk_rows)))
    found: dict[tuple[int, ...], tuple[list[int], list[int]]] = {}
    for source, target in zip(sources.to_pylist(), targets.to_pylist(), strict=True):
        found.setdefault(tuple(sorted(_cut(source, SHORTEST))), (source, target))
    return list(found.values())


def _cut(sentence: list[int], limit: int) -> list[int]:
    return sentence if len(sentence) <= limit else [*sentence[: limit - 1], EOS]
