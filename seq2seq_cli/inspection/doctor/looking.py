"""Does attention look at words alone, and at nothing twice?"""

import torch

from seq2seq_cli.batch import mask_of
from seq2seq_cli.inspection.doctor.answer import EXACT, Answer, not_asked, number
from seq2seq_cli.inspection.doctor.invariance import padded
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.inspection.doctor.walking import walk


def attention(patient: Patient) -> Answer:
    """Ask whether padding has no weight at any step, and whether each step's weights sum to one."""
    batch = padded(patient.pairs)
    looks = [step.weights for step in walk(patient.exact, batch) if step.weights is not None]
    if not looks:
        return not_asked("This model has no attention weights.")
    weights = torch.stack(looks, dim=1)  # (batch, target time, source time)
    blank = ~mask_of(batch.source_lengths, batch.source.shape[1])
    leaked = float((weights * blank.unsqueeze(1)).sum(2).max())
    off = float((weights.sum(2) - 1).abs().max())
    if leaked <= EXACT and off <= EXACT:
        figure = f"{leaked:.1g} on padding, {off:.1g} off 1"
        return Answer("ok", leaked, figure, "All weight is on words, and sums to one.")
    if off <= EXACT:
        return Answer(
            "broken",
            number(leaked),
            f"{leaked:.2g} on padding",
            "Attention looks at padding: mask its scores with -inf before the softmax.",
        )
    return Answer(
        "broken",
        number(off),
        f"sums {off:.2g} off 1",
        "Attention weights do not sum to one: take the softmax over the source's words.",
    )
