"""From an outcome to its summary."""

import random

import numpy as np

from seq2seq_cli.corpus.lists import Lists
from seq2seq_cli.evaluation.comparing import Comparison
from seq2seq_cli.evaluation.frequencies import by_frequency
from seq2seq_cli.evaluation.lengths import by_length
from seq2seq_cli.evaluation.outcome import SCORES, Outcome
from seq2seq_cli.evaluation.samples import extremes, samples_of
from seq2seq_cli.evaluation.searching import search_errors
from seq2seq_cli.evaluation.summary import Details, Evaluation
from seq2seq_cli.metrics import count_accuracy, count_loss, count_perplexity
from seq2seq_cli.symbols import UNK


def summarise(
    outcome: Outcome,
    samples: int = 3,
    best: int = 0,
    worst: int = 0,
    *,
    details: bool = False,
    comparison: Comparison | None = None,
    seed: int = 1,
) -> Evaluation:
    """Return what a person wants to know of an outcome.

    Args:
        outcome: of a run.
        samples: how many outputs to show, drawn at random.
        best: how many of those with the best scores.
        worst: how many of those with the worst.
        details: whether to look closer; then the outcome must have been free-running, too.
        comparison: with another run.
        seed: decides which samples are drawn.
    """
    names = [name for name in SCORES if details or name != "ter"]  # as dear as all the others together
    counted = {name: outcome.statistics(name) for name in names}
    drawn = sorted(random.Random(seed).sample(range(len(outcome)), min(samples, len(outcome))))
    first, last = extremes(outcome, best, worst)
    return Evaluation(
        run=outcome.run,
        checkpoint=outcome.checkpoint,
        step=outcome.step,
        part=outcome.part,
        sentences=len(outcome),
        **{name: statistics.score() for name, statistics in counted.items()},
        unknown_words=_unknown_words(outcome.source),
        seconds=outcome.scores.seconds,
        sentences_per_second=len(outcome) / outcome.scores.seconds,
        signatures={name: each.signature for name, each in counted.items() if each.signature},
        search_errors=search_errors(outcome),
        samples=samples_of(outcome, drawn),
        best=first,
        worst=last,
        details=_details(outcome) if details else None,
        comparison=comparison,
    )


def _details(outcome: Outcome) -> Details:
    words = outcome.scores.free_running
    if words is None:
        raise ValueError("the outcome is not free-running")
    free = words.sentence_nats, words.lengths
    return Details(
        free_running_loss=count_loss(*free).score(),
        free_running_perplexity=count_perplexity(*free).score(),
        free_running_accuracy=count_accuracy(words.sentence_right, words.lengths).score(),
        exposure_gap=words.loss - outcome.scores.loss,
        by_length=by_length(outcome),
        by_frequency=by_frequency(outcome),
    )


def _unknown_words(source: Lists) -> float:
    """Return how many of the sources' tokens, in per cent, the vocabulary lacks."""
    words = len(source.values) - len(source)  # without <eos>
    return 100 * int(np.count_nonzero(source.values == UNK)) / max(words, 1)
