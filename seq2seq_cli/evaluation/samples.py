"""Outputs to look at: some at random, the best, the worst."""

from collections.abc import Iterable, Sequence

import numpy as np

from seq2seq_cli.evaluation.outcome import Outcome
from seq2seq_cli.evaluation.summary import Sample
from seq2seq_cli.metrics import count_chrf


def samples_of(outcome: Outcome, rows: Sequence[int]) -> tuple[Sample, ...]:
    """Return some pairs with what the model made of them."""
    outputs, references = outcome.scores.outputs, outcome.scores.references
    scores = count_chrf([outputs[i] for i in rows], [references[i] for i in rows]).sentences()
    return tuple(
        Sample(*outcome.pairs[i], outputs[i], bool(outcome.right[i]), float(score))
        for i, score in zip(rows, scores, strict=True)
    )


def extremes(outcome: Outcome, best: int, worst: int) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Return so many of the best outputs, and of the worst, by the chrF of each sentence.

    Of outputs of one score the longest references come first, as they are worth the most; a source that the
    pairs have several times comes once. chrF is used since BLEU is 0 where no word, and rough where few
    words, are right.
    """
    if not best + worst:
        return (), ()
    scores = count_chrf(outcome.scores.outputs, outcome.scores.references).sentences()
    lengths = outcome.target.lengths
    first, last = (np.lexsort((-lengths, key)).tolist() for key in (-scores, scores))
    return samples_of(outcome, _several(outcome, first, best)), samples_of(
        outcome, _several(outcome, last, worst)
    )


def _several(outcome: Outcome, rows: Iterable[int], most: int) -> list[int]:
    """Return the first so many rows that have different sources."""
    chosen: dict[str, int] = {}
    for row in rows:
        if len(chosen) == most:
            break
        chosen.setdefault(outcome.pairs[row][0], row)
    return list(chosen.values())
