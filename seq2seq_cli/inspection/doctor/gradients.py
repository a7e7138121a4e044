"""Does every parameter learn, and by the right gradient?"""

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import Batch
from seq2seq_cli.inspection.doctor.answer import Answer, number
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.inspection.doctor.rehearsal import steps_of
from seq2seq_cli.models.seq2seq import Seq2Seq

_UPDATES = 3
_NUDGE = 1e-7
_TOLERANCE = 1e-3
"""Of slopes, as a share: rounding leaves some 1e-6, and where a nudge crosses a corner of relu 1e-4."""


def gradient(patient: Patient) -> Answer:
    """Ask whether every parameter has a gradient after the first update."""
    model, trainer = patient.rehearse([patient.pairs])
    next(steps_of(trainer))
    parameters = dict(model.named_parameters())
    without = [name for name, parameter in parameters.items() if not _norm(parameter.grad) > 0]
    figure = f"{len(without)} of {len(parameters)} have none"
    if not without:
        return Answer("ok", 0, figure, "A gradient reaches every parameter.")
    if set(without) <= _serve_the_memory_alone(model, patient):
        return Answer(
            "suspicious",
            len(without),
            figure,
            f"Nothing reads the memory with model.attention {patient.config.model.attention}, so nothing is "
            f"learnt of what makes it: {_listed(without)}.",
        )
    return Answer(
        "broken",
        len(without),
        figure,
        f"No gradient reaches {_listed(without)}: nothing that the loss depends on uses them, or they are "
        "cut off on the way.",
    )


def _serve_the_memory_alone(model: Seq2Seq, patient: Patient) -> set[str]:
    """Return the encoder's parameters that its final state does not depend on, where nothing reads more."""
    if model.decoder.attention.needs_query:
        return set()
    model.zero_grad()
    final = model.encode(patient.pairs.source, patient.pairs.source_lengths).final_state
    torch.autograd.backward([part.sum() for layer in final for part in layer])
    named = model.encoder.named_parameters(prefix="encoder")
    return {name for name, parameter in named if parameter.grad is None}


def movement(patient: Patient) -> Answer:
    """Ask whether a few updates change every parameter that has a gradient."""
    model, trainer = patient.rehearse([patient.pairs] * _UPDATES)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    for _ in steps_of(trainer):
        pass
    learning = {name: p.detach() for name, p in model.named_parameters() if p.grad is not None}
    still = [name for name, parameter in learning.items() if torch.equal(parameter, before[name])]
    figure = f"{len(still)} of {len(learning)} stand still"
    if not still:
        return Answer("ok", 0, figure, "Every parameter with a gradient moves.")
    return Answer(
        "broken",
        len(still),
        figure,
        f"After {_UPDATES} updates nothing has changed in {_listed(still)}: hand them to the optimizer, and "
        "see that the learning rate is not too small.",
    )


def slope(patient: Patient) -> Answer:
    """Ask whether a step along each gradient changes the loss as the gradient says, in float64.

    With a direction d, partly that of the gradient g itself and partly drawn,

        (loss(p + ε d) - loss(p - ε d)) / 2ε  =  g · d
    """
    model, trainer = patient.rehearse([], precision="float32")
    objective, batch = trainer.objective.double(), patient.pairs
    objective(batch, None).backward()
    generator = torch.Generator().manual_seed(0)
    total = torch.stack([_norm(parameter.grad) for parameter in model.parameters()]).norm()
    worst, where = 0.0, ""
    for name, parameter in model.named_parameters():
        if parameter.grad is None:
            continue  # which is for another check to tell
        direction = torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
        direction = direction / direction.norm() + parameter.grad / parameter.grad.norm().clamp(min=1e-30)
        expected = float((parameter.grad * direction).sum())
        measured = _measured(objective, batch, parameter, direction)
        error = abs(measured - expected) / max(abs(expected), abs(measured), 1e-4 * float(total))
        if not error <= worst:
            worst, where = error, name
    figure = f"{worst:.1g} off"
    if worst <= _TOLERANCE:
        return Answer("ok", worst, figure, "Gradients are the slopes of the loss.")
    return Answer(
        "broken",
        number(worst),
        figure,
        f"The gradient of {where} is not the slope of the loss: compare the backward pass with the "
        "equations.",
    )


@torch.no_grad()
def _measured(objective: nn.Module, batch: Batch, parameter: Tensor, direction: Tensor) -> float:
    """Return the slope of the loss along a direction of a parameter, by the losses on both sides."""
    kept = parameter.clone()
    losses = []
    for side in (1, -1):
        parameter.copy_(kept + side * _NUDGE * direction)
        losses.append(float(objective(batch, None)))
    parameter.copy_(kept)
    return (losses[0] - losses[1]) / (2 * _NUDGE)


def _norm(gradient: Tensor | None) -> Tensor:
    return torch.zeros(()) if gradient is None else gradient.norm()


def _listed(names: list[str], most: int = 4) -> str:
    """Return names in a sentence."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
