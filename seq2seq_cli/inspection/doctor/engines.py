"""Do both engines come to the same numbers?"""

from collections.abc import Mapping

import torch
from torch import Tensor

from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.inspection.doctor.answer import Answer, distance, number
from seq2seq_cli.inspection.doctor.patient import Patient

_TOLERANCE = 1e-4
"""Of float32 numbers, as a share of the largest: kernels sum in different orders, some 1e-6 apart."""

_FAINT = 1e-3
"""Of the largest gradient of all: what is smaller, sums that nearly cancel, agrees to fewer digits."""

_LOGITS = "the logits"


def engines(patient: Patient) -> Answer:
    """Ask whether scratch equals fused: logits, and gradients of a sum of logits, each with a weight."""
    ours, theirs = (_logits_and_gradients(patient, engine) for engine in ("scratch", "fused"))
    faint = _FAINT * max(float(tensor.abs().max()) for name, tensor in ours.items() if name != _LOGITS)
    worst, where = 0.0, _LOGITS
    for name in ours:
        difference = distance(ours[name], theirs[name], 0.0 if name == _LOGITS else faint)
        if not difference <= worst:
            worst, where = difference, name
    figure = f"{worst:.1g} apart in float32"
    if worst <= _TOLERANCE:
        return Answer("ok", worst, figure, "Both engines compute the same, there and back.")
    return Answer(
        "broken",
        number(worst),
        figure,
        f"The engines differ, most of all in {where}: set model.engine to scratch, whose equations can be "
        "read, and compare the cell's backward pass and kernel with them.",
    )


def _logits_and_gradients(patient: Patient, engine: str) -> Mapping[str, Tensor]:
    """Return what the patient's parameters give with an engine, by name."""
    config = patient.config.model.model_copy(update={"engine": engine, "dropout": 0.0})
    sizes = len(patient.dataset.source_vocabulary), len(patient.dataset.target_vocabulary)
    model = build_model(config, *sizes)
    model.load_state_dict(patient.model.state_dict())
    logits: Tensor = model(patient.pairs)
    weights = torch.randn(logits.shape, generator=torch.Generator().manual_seed(0))
    torch.autograd.backward((logits * weights).sum())
    gradients = {
        f"the gradient of {name}": parameter.grad
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }
    return {_LOGITS: logits.detach(), **gradients}
