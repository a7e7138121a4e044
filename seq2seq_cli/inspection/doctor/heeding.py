"""Does the model look at its source?"""

from collections.abc import Iterable
from itertools import islice

import torch

from seq2seq_cli.batch import Batch
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.inspection.doctor.answer import Answer, number
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.training.loss import cross_entropy_sum

_BATCH = 128
_HEEDED, FELT = 0.5, 1e-5
"""Nats a word that wrong sources cost (or spare): from there on a source is heeded, or felt at all."""


def source(patient: Patient) -> Answer:
    """Ask what it costs a trained model to be given another sentence's source, in nats a word."""
    if patient.run is None:
        return _source_reaches(patient)
    name = next(name for name in ("valid", "test", "train") if len(patient.dataset.part(name)) > 1)
    batches = islice(Batches(patient.dataset.part(name), _BATCH, seed=1).shuffled(1), 2)
    cost = cost_of_wrong_sources(patient.model, batches)
    figure = f"{cost:.2f} nats a word on {name}"
    if cost >= _HEEDED:
        return Answer("ok", cost, figure, "Wrong sources cost much: the model looks at its source.")
    if abs(cost) >= FELT:
        return Answer(
            "suspicious",
            cost,
            figure,
            "The model says nearly the same whatever the source: train longer, or let it see more of the "
            "source by model.attention.",
        )
    return Answer(
        "broken",
        number(cost),
        figure,
        "The model does not look at its source: see what bridge and attention hand to the decoder.",
    )


@torch.no_grad()
def _source_reaches(patient: Patient) -> Answer:
    """Ask whether other sources change a new model's logits at all."""
    model, batch = patient.exact, patient.pairs
    change = float((model(batch) - model(_with_others_sources(batch))).abs().max())
    figure = f"logits change by {change:.2g}"
    if change > 0:
        return Answer("ok", change, figure, "What the decoder says depends on the source.")
    return Answer(
        "broken",
        number(change),
        figure,
        "The decoder says the same whatever the source: see what bridge and attention hand to it.",
    )


@torch.no_grad()
def cost_of_wrong_sources(model: Seq2Seq, batches: Iterable[Batch]) -> float:
    """Return by how much the loss rises, in nats a word, when each target stands beside another's source."""
    cost, words = 0.0, 0
    for batch in batches:
        others = _with_others_sources(batch)
        cost += float(cross_entropy_sum(model(others), batch.target_words))
        cost -= float(cross_entropy_sum(model(batch), batch.target_words))
        words += batch.target_tokens
    return cost / words


def _with_others_sources(batch: Batch) -> Batch:
    """Return the batch with each target beside the source of the pair half a batch away."""
    shift = len(batch) // 2
    return Batch(
        batch.source.roll(shift, 0), batch.source_lengths.roll(shift, 0), batch.target, batch.target_lengths
    )
