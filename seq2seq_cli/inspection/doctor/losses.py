"""Is the loss that of every word, and what is told of it their mean?"""

from copy import deepcopy

import torch

from seq2seq_cli.inspection.doctor.answer import EXACT, Answer, number
from seq2seq_cli.inspection.doctor.handful import rows_of
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.inspection.doctor.rehearsal import steps_of
from seq2seq_cli.inspection.doctor.walking import nats_word_by_word
from seq2seq_cli.symbols import EOS

_EAGER = 20.0
"""What makes <eos> by far the likeliest word of all, in nats."""

_TOLERANCE = 1e-4
"""Of a float32 loss, as a share of it."""


@torch.no_grad()
def words_counted(patient: Patient) -> Answer:
    """Ask whether a model that would always end at once is told off for every word all the same."""
    model, trainer = patient.rehearse([], precision="float32")
    objective, batch = trainer.objective.double(), patient.pairs
    model.output.bias[EOS] += _EAGER
    counted, right = float(objective(batch, None)), nats_word_by_word(model, batch)
    figure = f"{counted:,.1f} nats of {right:,.1f}"
    if abs(counted - right) <= EXACT * right:
        return Answer("ok", counted, figure, "Every word of a target counts, whatever the model says before.")
    return Answer(
        "broken",
        number(counted),
        figure,
        "The loss is not the sum over all words of the targets: see that it neither ends at the first <eos> "
        "that the model says, nor counts padding.",
    )


def printed_loss(patient: Patient) -> Answer:
    """Ask whether the loss of an update, of two batches of unlike size, is the mean over all their words."""
    middle = 1 + len(patient.pairs) // 2
    rows = range(len(patient.pairs))
    batches = [rows_of(patient.pairs, rows[:middle]), rows_of(patient.pairs, rows[middle - 1 :])]
    model, trainer = patient.rehearse(batches, precision="float32", accumulation=len(batches))
    before = deepcopy(model).double()
    told = next(steps_of(trainer)).loss
    words = sum(batch.target_tokens for batch in batches)
    right = sum(nats_word_by_word(before, batch) for batch in batches) / words
    figure = f"{told:.4f}, the mean is {right:.4f}"
    if abs(told - right) <= _TOLERANCE * right:
        return Answer("ok", told, figure, "The loss that training tells is the mean over all words.")
    return Answer(
        "broken",
        number(told),
        figure,
        "The loss that training tells is not the mean over all words: divide the sum by the number of target "
        "words of all batches of the update.",
    )
