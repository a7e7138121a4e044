"""Can the model learn a few pairs by heart, and does it look at their sources?"""

from collections.abc import Iterable
from itertools import islice

import torch

from seq2seq_cli.batch import Batch
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.inspection.doctor.answer import Answer, number
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.inspection.doctor.rehearsal import steps_of
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.symbols import EOS
from seq2seq_cli.training.loss import cross_entropy_sum

_UPDATES = 300
_BY_HEART = 0.02
"""Nats a word: of some sixty words, hardly any is then less likely than another."""

_IN_TURN = 0.5
"""Nats a word: a model that tells no source from another, and has learnt all targets, takes less."""

_BATCH = 128
_HEEDED, _FELT = 0.5, 1e-5
"""Nats a word that wrong sources cost (or spare): from there on a source is heeded, or felt at all."""


def overfitting(patient: Patient) -> Answer:
    """Ask whether a new model comes to say a few targets word for word, given their sources."""
    batch = patient.pairs
    model, trainer = patient.rehearse([batch] * _UPDATES)
    losses, said = [], 0
    for step in steps_of(trainer):
        losses.append(step.loss)
        if step.loss <= _BY_HEART or step.step == _UPDATES:
            said = _said_exactly(model, batch)
        if said == len(batch):
            break
    loss = losses[-1]
    figure = f"{said} of {len(batch)} after {len(losses)} updates"
    if said == len(batch):
        return Answer("ok", loss, figure, "A few pairs are soon learnt by heart.")
    if loss <= _IN_TURN and abs(_cost_of_wrong_sources(model, [batch])) < _FELT:
        return Answer(
            "broken",
            loss,
            figure,
            "The targets are learnt, but not which belongs to which source: see what bridge and attention "
            "hand to the decoder.",
        )
    if not loss < losses[0]:
        return Answer(
            "broken",
            number(loss),
            figure,
            "The loss of a few pairs does not fall, though they are learnt again and again: gradients are "
            "wrong, or the learning rate is.",
        )
    return Answer(
        "suspicious",
        loss,
        figure,
        "A few pairs are not learnt by heart: change training.learning_rate or the optimizer, or make the "
        "model larger.",
    )


def _said_exactly(model: Seq2Seq, batch: Batch) -> int:
    """Return how many targets greedy search finds."""
    found = Greedy(batch.target.shape[1])(model.eval(), batch.source, batch.source_lengths)
    targets = zip(batch.target.tolist(), batch.target_lengths.tolist(), strict=True)
    return sum(
        (*best[0].tokens, EOS) == tuple(target[:length])
        for best, (target, length) in zip(found, targets, strict=True)
    )


def source(patient: Patient) -> Answer:
    """Ask what it costs a trained model to be given another sentence's source, in nats a word."""
    if patient.run is None:
        return _source_reaches(patient)
    name = next(name for name in ("valid", "test", "train") if len(patient.dataset.part(name)) > 1)
    batches = islice(Batches(patient.dataset.part(name), _BATCH, seed=1).shuffled(1), 2)
    cost = _cost_of_wrong_sources(patient.model, batches)
    figure = f"{cost:.2f} nats a word on {name}"
    if cost >= _HEEDED:
        return Answer("ok", cost, figure, "Wrong sources cost much: the model looks at its source.")
    if abs(cost) >= _FELT:
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
def _cost_of_wrong_sources(model: Seq2Seq, batches: Iterable[Batch]) -> float:
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
