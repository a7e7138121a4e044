"""Does a sentence give the same numbers alone, among others, and with any padding?"""

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import Batch
from seq2seq_cli.inspection.doctor.answer import Answer, distance, same
from seq2seq_cli.inspection.doctor.handful import rows_of
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.symbols import PAD

_MORE_PADDING = 3


@torch.no_grad()
def numbers(patient: Patient) -> Answer:
    """Ask whether the model computes at all: whether every logit is a number."""
    logits = patient.model(patient.pairs)
    lost = int((~logits.isfinite()).sum())
    figure = f"{lost:,} of {logits.numel():,} are none"
    if lost:
        return Answer("broken", lost, figure, "NaN or infinity comes out of the model: train it anew.")
    return Answer("ok", lost, figure, "The model computes.")


@torch.no_grad()
def batch_of_one(patient: Patient) -> Answer:
    """Ask whether each sentence's logits alone are those that it has in a batch."""
    model, batch = patient.exact, patient.pairs
    alone = torch.cat([model(rows_of(batch, [row])) for row in range(len(batch))])
    return same(
        distance(model(batch), alone),
        "A sentence alone gives what it gives in a batch.",
        "A sentence gives other numbers in a batch than alone, so scores depend on the batch size: look for "
        "padding, or neighbours, that are read, and for dropout that stays on.",
    )


@torch.no_grad()
def neighbours(patient: Patient) -> Answer:
    """Ask whether a sentence's logits stay when others stand beside it, in another order."""
    model, batch = patient.exact, patient.pairs
    rows = list(reversed(range(len(batch))))[:-1]  # the first, now the last, is gone
    here, there = _by_sentence(model, batch), _by_sentence(model, rows_of(batch, rows))
    difference = max(distance(here[row], now) for row, now in zip(rows, there, strict=True))
    return same(
        difference,
        "What else is in a batch changes nothing.",
        "What a sentence gives depends on those beside it: look for a state that goes on from one sentence "
        "to the next, or for means over the batch.",
    )


@torch.no_grad()
def padding(patient: Patient) -> Answer:
    """Ask whether more padding on both sides changes any logit."""
    model, batch = patient.exact, patient.pairs
    return same(
        distance(model(batch), model(padded(batch))),
        "Padding changes nothing.",
        "Padding is read as if it were words: look for a state at the padded end, a mean over the padding, "
        "or attention without a mask.",
    )


def padded(batch: Batch) -> Batch:
    """Return the same sentences with more padding."""
    more = (0, _MORE_PADDING)
    return Batch(
        nn.functional.pad(batch.source, more, value=PAD),
        batch.source_lengths,
        nn.functional.pad(batch.target, more, value=PAD),
        batch.target_lengths,
    )


def _by_sentence(model: Seq2Seq, batch: Batch) -> tuple[Tensor, ...]:
    """Return each sentence's logits, (target time, vocabulary)."""
    logits: Tensor = model(batch)
    return torch.split(logits, batch.target_lengths.tolist())
