"""Can the model learn a few pairs by heart?"""

from seq2seq_cli.batch import Batch
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.inspection.doctor.answer import Answer, number
from seq2seq_cli.inspection.doctor.heeding import FELT, cost_of_wrong_sources
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.inspection.doctor.rehearsal import steps_of
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.symbols import EOS

_UPDATES = 300
_BY_HEART = 0.02
"""Nats a word: of some sixty words, hardly any is then less likely than another."""

_IN_TURN = 0.5
"""Nats a word: a model that tells no source from another, and has learnt all targets, takes less."""


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
    if loss <= _IN_TURN and abs(cost_of_wrong_sources(model, [batch])) < FELT:
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
