"""Does what was saved come back, and does a training go on from it as if it had not been interrupted?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from seq2seq_cli.build.training import build_trainer
from seq2seq_cli.inspection.doctor.answer import Answer, not_asked
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.inspection.doctor.rehearsal import CPU, steps_of
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.runs import Run, Store
from seq2seq_cli.training.loop import Trainer

_BEFORE, _AFTER = 2, 1
"""Updates before a checkpoint and after it."""


def checkpoints(patient: Patient) -> Answer:
    """Ask whether the run's best and last checkpoint can be loaded, and hold numbers."""
    if patient.run is None:
        return not_asked("Nothing has been trained yet.")
    lost = 0
    for which in ("best", "last"):
        model = patient.run.load_model(which)
        lost += sum(int((~parameter.isfinite()).sum()) for parameter in model.parameters())
    steps = " and ".join(f"{patient.run.step_of(which):,}" for which in ("best", "last"))
    if lost:
        figure = f"{lost:,} parameters are no numbers"
        return Answer("broken", lost, figure, "Training has diverged: train again at a lower learning rate.")
    return Answer("ok", 0, f"steps {steps} load", "The best and the last checkpoint are whole.")


def reload(patient: Patient) -> Answer:
    """Ask whether a new model, trained a little, saved and loaded, gives the same logits bit for bit."""
    model, trainer = patient.rehearse([patient.pairs] * _BEFORE)
    for _ in steps_of(trainer):
        pass
    with _run(patient) as run:
        run.save(model, trainer)
        saved = sorted(run.checkpoints.folder.glob("step-*.safetensors"))
        if not saved:
            meaning = "Nothing is saved, and a training would be for nothing: write checkpoints."
            return Answer("broken", 0, "no checkpoint is written", meaning)
        loaded = run.load_model("last")
    with torch.no_grad():
        ours, theirs = model.eval()(patient.pairs), loaded(patient.pairs)
    differ = int((ours != theirs).sum())
    figure = f"{differ:,} of {ours.numel():,} differ"
    if not differ:
        return Answer("ok", differ, figure, "A model that was saved comes back as it was.")
    return Answer(
        "broken",
        differ,
        figure,
        "What is loaded is not what was saved: see that every parameter, and nothing else, is in the "
        "checkpoint.",
    )


def resume(patient: Patient) -> Answer:
    """Ask whether a training from a checkpoint on makes the same update as one that never stopped."""
    straight, trainer = _training(patient)
    with _run(patient) as run:
        for step in steps_of(trainer):
            if step.step == _BEFORE:
                run.save(straight, trainer)
            if step.step == _BEFORE + _AFTER:
                break
        resumed, trainer = _training(patient)
        run.load_trainer(resumed, trainer)
    for step in steps_of(trainer):
        if step.step == _BEFORE + _AFTER:
            break
    pairs = zip(straight.parameters(), resumed.parameters(), strict=True)
    differ = sum(int((ours != theirs).sum()) for ours, theirs in pairs)
    figure = f"{differ:,} parameters differ"
    if not differ:
        return Answer("ok", differ, figure, "A training that was interrupted ends as if it had not been.")
    return Answer(
        "broken",
        differ,
        figure,
        "A resumed training goes another way: see that the checkpoint holds the optimizer's state, the "
        "random generators and the place in the data, and that all are taken up.",
    )


def _training(patient: Patient) -> tuple[Seq2Seq, Trainer]:
    """Return a training on the data themselves, long enough for the updates that are asked for."""
    config = patient.config.training.model_copy(update={"epochs": _BEFORE + _AFTER, "max_steps": None})
    model, trainer = build_trainer(
        patient.config.model_copy(update={"training": config}), patient.dataset, CPU
    )
    trainer.validate = None
    return model, trainer


@contextmanager
def _run(patient: Patient) -> Iterator[Run]:
    """Yield a run to save into, which is gone afterwards."""
    with TemporaryDirectory(prefix="s2s-doctor-") as folder:
        yield Store(Path(folder)).create("tried", patient.config, patient.dataset)
