"""Is a new model as unsure as one that has learnt nothing should be?"""

import math

import torch

from seq2seq_cli.inspection.doctor.answer import Answer
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.inspection.doctor.rehearsal import steps_of

_LUCK = 4.0
"""So many standard errors, and a tenth of a nat, are taken for chance."""

_OPINIONS = 0.5
"""Nats that a new model's opinions may cost; sound ones take 0.0 to 0.2 here."""


def first_loss(patient: Patient) -> Answer:
    """Ask whether the first loss is ln(words), by what the model's opinions cost more.

    To a model that knows nothing, the right word is any of V words, so that its loss is

        log Σ_k exp z_k - mean_k z_k  =  ln V + about σ² / 2

    with σ² the variance of its logits z. What is less has been told; what is more is no mean over words.
    """
    batch = patient.pairs
    model, trainer = patient.rehearse([batch], precision="float32")
    with torch.no_grad():
        logits = model(batch).double()
    unsure = math.log(logits.shape[1])
    expected = float((logits.logsumexp(1) - logits.mean(1)).mean())
    shares = batch.target_words.bincount() / batch.target_tokens  # words that come again are no new evidence
    luck = float(logits.std(1).mean() * shares.norm())
    loss = next(steps_of(trainer)).loss
    figure = f"{loss:.2f}, ln({logits.shape[1]:,}) is {unsure:.2f}"
    if not abs(loss - expected) <= _LUCK * luck + 0.1:
        return Answer(
            "broken",
            loss,
            figure,
            f"By its logits, a new model's loss should be about {expected:.2f}: if it is less, the model is "
            "told what to say; if it is more, the loss is no mean over words.",
        )
    # Tied embeddings are drawn as wide as embeddings are, too wide for an output layer: they begin higher.
    tied = patient.config.model.tied_embeddings
    if expected > unsure + (unsure if tied else _OPINIONS):
        return Answer(
            "suspicious",
            loss,
            figure,
            "A new model is surer of itself than it should be, and will learn first to be less so: draw the "
            "parameters of its output layer from a narrower range"
            + ", or set model.tied_embeddings to false." * tied
            + "." * (not tied),
        )
    why = ", but for what tied embeddings are sure of from the start" * tied
    return Answer("ok", loss, figure, f"A new model is as unsure as between all words{why}.")
