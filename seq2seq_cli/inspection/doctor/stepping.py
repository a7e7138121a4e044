"""Does a sweep over known words do what single steps do, and is each word guessed before it is told?"""

import torch
from torch import Tensor

from seq2seq_cli.batch import Batch, mask_of
from seq2seq_cli.inspection.doctor.answer import EXACT, Answer, distance, number, same
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.inspection.doctor.walking import walk, walked_logits
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.symbols import UNK


@torch.no_grad()
def steps(patient: Patient) -> Answer:
    """Ask whether all words at once, right ones or own guesses, give what `start` and `step` give."""
    model, batch = patient.exact, patient.pairs
    guesses = model(batch, torch.zeros_like(batch.target, dtype=torch.bool))
    difference = max(
        distance(model(batch), walked_logits(model, batch)),
        distance(guesses, walked_logits(model, batch, guessing=True)),
    )
    return same(
        difference,
        "Training sees the model as translation does.",
        "Training computes something else than translation: compare the decoder's `forward` with its `step`.",
    )


@torch.no_grad()
def first_input(patient: Patient) -> Answer:
    """Ask whether every sentence of a batch begins with <sos>."""
    model, batch = patient.exact, patient.pairs
    first = _on_a_grid(model, batch)[:, 0]  # (batch, vocabulary)
    after_sos = next(walk(model, batch)).logits
    wrong = [row for row in range(len(batch)) if not distance(first[row], after_sos[row]) <= EXACT]
    figure = f"{len(wrong)} of {len(batch)} begin otherwise"
    if wrong:
        places = ", ".join(str(row + 1) for row in wrong)
        return Answer(
            "broken",
            len(wrong),
            figure,
            f"Of a batch, the sentences {places} do not begin with <sos>: reset the decoder's first input "
            "for each of them.",
        )
    return Answer("ok", 0, figure, "The decoder's first input is <sos> in every sentence.")


@torch.no_grad()
def causality(patient: Patient) -> Answer:
    """Ask whether another word at t leaves the logits up to t as they are, and is heeded after it."""
    model, batch = patient.exact, patient.pairs
    logits, vocabulary = _on_a_grid(model, batch), len(patient.dataset.target_vocabulary)
    told, heeded = 0.0, True
    for t in range(batch.target.shape[1] - 1):
        rows = batch.target_lengths > t + 1  # those of which the word at t is not the last
        if not rows.any():
            break
        now = _on_a_grid(model, _with_another_word(batch, t, vocabulary))
        told = max(told, distance(now[rows, : t + 1], logits[rows, : t + 1]))
        heeded = heeded and bool((now[rows, t + 1] != logits[rows, t + 1]).any(1).all())
    if told <= EXACT and not heeded:
        return Answer(
            "broken",
            number(told),
            "the word before has no effect",
            "The decoder does not read the word before: look at how its inputs are shifted by one.",
        )
    return same(
        told,
        "A word is guessed from those before it, and from no other.",
        "The decoder is told the word that it is to guess, and will be helpless where there is none: shift "
        "its inputs by one, <sos> first.",
    )


def _on_a_grid(model: Seq2Seq, batch: Batch) -> Tensor:
    """Return logits (batch, target time, vocabulary), zero in the padding."""
    present = mask_of(batch.target_lengths, batch.target.shape[1])
    logits: Tensor = model(batch)
    grid = logits.new_zeros(*present.shape, logits.shape[1])
    grid[present] = logits
    return grid


def _with_another_word(batch: Batch, t: int, vocabulary: int) -> Batch:
    """Return the batch with the next word of the vocabulary in place of that at t, but for <eos>."""
    target = batch.target.clone()
    rows = batch.target_lengths > t + 1
    target[rows, t] = UNK + (target[rows, t] - UNK + 1) % (vocabulary - UNK)
    return Batch(batch.source, batch.source_lengths, target, batch.target_lengths)
