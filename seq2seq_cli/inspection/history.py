"""A run's course: what it was made with, how it learnt, what is left of it."""

from dataclasses import dataclass
from typing import Any

from seq2seq_cli.config import KeyInfo, describe
from seq2seq_cli.inspection.runs import RunSummary, summarise
from seq2seq_cli.runs import Run


@dataclass(frozen=True)
class SampleCourse:
    """A sentence of the valid part, and what the model made of it as time went on."""

    source: str
    reference: str
    outputs: list[tuple[int, str]]  # (step, output): the first, and each that differs from the one before


@dataclass(frozen=True)
class CheckpointSummary:
    """A checkpoint that was kept."""

    step: int
    names: list[str]  # best, last, both or none
    loss: float | None  # scores of the valid part after this step; None where it was not scored then
    bleu: float | None
    bleu_any: float | None
    exact_match: float | None
    megabytes: float  # 10^6 bytes each


@dataclass(frozen=True)
class RunHistory:
    """A run's course."""

    summary: RunSummary
    settings: list[KeyInfo]  # those that differ from their defaults
    validations: list[dict[str, Any]]  # the "valid" events
    losses: list[tuple[int, float]]  # (step, training loss)
    learning_rates: list[tuple[int, float]]  # (step, learning rate)
    samples: list[SampleCourse]
    checkpoints: list[CheckpointSummary]


def history(run: Run) -> RunHistory:
    """Return a run's course.

    Raises:
        S2SError: its config, or one of the files that name its checkpoints, is damaged.
    """
    settings = [info for info in describe(run.config, run.origins()) if info.differs]
    events = run.events()
    steps = [event for event in events if event["event"] == "step"]
    validations = [event for event in events if event["event"] == "valid"]
    return RunHistory(
        summarise(run),
        settings,
        validations,
        [(event["step"], event["loss"]) for event in steps],
        [(event["step"], event["learning_rate"]) for event in steps],
        _samples(validations),
        _checkpoints(run, validations),
    )


def _samples(validations: list[dict[str, Any]]) -> list[SampleCourse]:
    courses: dict[tuple[str, str], SampleCourse] = {}
    for event in validations:
        for sample in event.get("samples", ()):
            source, reference, output = sample["source"], sample["reference"], sample["output"]
            course = courses.setdefault((source, reference), SampleCourse(source, reference, []))
            if not course.outputs or course.outputs[-1][1] != output:
                course.outputs.append((event["step"], output))
    return list(courses.values())


def _checkpoints(run: Run, validations: list[dict[str, Any]]) -> list[CheckpointSummary]:
    """Return the checkpoints that there are, the latest last."""
    if not run.has_checkpoint():
        return []
    named = {name: run.step_of(name) for name in ("best", "last")}
    scored = {event["step"]: event for event in validations}
    found = []
    for step in run.checkpoints.steps():
        scores = scored.get(step, {})
        found.append(
            CheckpointSummary(
                step,
                [name for name, pointed in named.items() if pointed == step],
                scores.get("loss"),
                scores.get("bleu"),
                scores.get("bleu_any"),
                scores.get("exact_match"),
                run.checkpoints.size(step) / 1e6,
            )
        )
    return found
