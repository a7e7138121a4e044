"""BLEU, chrF and TER, counted sentence by sentence by sacreBLEU (Post 2018)."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from seq2seq_cli.metrics import formulas
from seq2seq_cli.metrics.statistics import Formula, Statistics

if TYPE_CHECKING:  # loaded where it is used: translating needs none of it
    from sacrebleu.metrics.base import Metric

Outputs = Sequence[str]
References = Sequence[Sequence[str]]
"""One or more for each output."""


def count_bleu(outputs: Outputs, references: References) -> Statistics:
    """Return what BLEU counts, words being what stands between spaces.

    Args:
        outputs: one a sentence.
        references: one or more a sentence.
    """
    from sacrebleu.metrics.bleu import BLEU

    # Text that looks tokenised is what we hand in, so `force` spares the user sacreBLEU's warning of it.
    metric = BLEU(tokenize="none", force=True)
    return _counted(metric, outputs, references, 10, formulas.bleu, formulas.bleu_of_sentence)


def count_chrf(outputs: Outputs, references: References) -> Statistics:
    """Return what chrF counts; of several references, the one that an output is nearest to."""
    from sacrebleu.metrics.chrf import CHRF

    return _counted(CHRF(), outputs, references, 18, formulas.chrf, formulas.chrf)


def count_ter(outputs: Outputs, references: References) -> Statistics:
    """Return what TER counts: the edits from an output to the nearest reference, and words."""
    from sacrebleu.metrics.ter import TER

    return _counted(TER(), outputs, references, 2, formulas.ter, formulas.ter)


def _counted(
    metric: Metric,
    outputs: Outputs,
    references: References,
    numbers: int,
    formula: Formula,
    of_sentence: Formula,
) -> Statistics:
    """Let a metric count its so many numbers of each sentence."""
    most = max(map(len, references), default=1)
    # sacreBLEU wants a stream a reference, with None where a sentence has fewer.
    streams: Any = [[right[i] if i < len(right) else None for right in references] for i in range(most)]
    # The one thing here that sacreBLEU calls its own, and uses itself for its tests of significance. Its
    # corpus_score forgets what it has counted.
    with _without_looking_for_cycles():
        counts = metric._extract_corpus_statistics(outputs, streams)
    table = np.array(counts, dtype=np.float64).reshape(len(outputs), numbers)
    return Statistics(table, formula, of_sentence, str(metric.get_signature()))


@contextmanager
def _without_looking_for_cycles() -> Iterator[None]:
    """Let Python's collector rest: it would go through all objects again and again, torch's among them.

    sacreBLEU makes dictionaries by the ten thousand, none in a cycle; to look for some doubles chrF's time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
