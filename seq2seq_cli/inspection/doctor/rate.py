"""Is a step as long as the learning rate says?"""

import math

import torch

from seq2seq_cli.inspection.doctor.answer import Answer, number
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.inspection.doctor.rehearsal import steps_of

_TOLERANCE = 0.05
"""Of a step's length: small ones drown a little in the rounding of float32."""


def learning_rate(patient: Patient) -> Answer:
    """Ask whether the first update is made at the config's rate, and at half the rate is half as long."""
    wanted = patient.config.training.learning_rate
    told, length = _first_step(patient, wanted)
    _, shorter = _first_step(patient, wanted / 2)
    share = shorter / length if length else math.nan
    figure = f"{told:g}; at half, {share:.2f} as far"
    if told == wanted and abs(share - 0.5) <= _TOLERANCE:
        return Answer("ok", share, figure, "The learning rate is the config's, and steps are in proportion.")
    return Answer(
        "broken",
        number(share),
        figure,
        f"training.learning_rate is {wanted:g}, and updates do not heed it: look at how it reaches the "
        "schedule and the optimizer.",
    )


def _first_step(patient: Patient, rate: float) -> tuple[float, float]:
    """Return the rate that the first update tells, and how far it takes the parameters."""
    model, trainer = patient.rehearse([patient.pairs], learning_rate=rate)
    before = [parameter.detach().double() for parameter in model.parameters()]
    step = next(steps_of(trainer))
    pairs = zip(model.parameters(), before, strict=True)
    ways = [(new.detach().double() - old).norm() for new, old in pairs]
    return step.learning_rate, float(torch.stack(ways).norm())
