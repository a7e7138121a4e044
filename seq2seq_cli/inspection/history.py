"""Runs and their course: how far each has come, and how good it was."""

from dataclasses import dataclass
from typing import Any

from seq2seq_cli.errors import S2SError
from seq2seq_cli.runs import Run, Store


@dataclass(frozen=True)
class RunSummary:
    """A run on one line. Scores are those of its best checkpoint on the valid part."""

    name: str
    state: str  # finished, stopped early, unfinished, no checkpoint, or damaged
    encoder: str | None
    data: str | None
    step: int | None
    best_step: int | None
    loss: float | None
    bleu: float | None
    bleu_any: float | None
    exact_match: float | None
    seconds: float | None


@dataclass(frozen=True)
class RunHistory:
    """A run's course."""

    summary: RunSummary
    validations: list[dict[str, Any]]  # the "valid" events
    losses: list[tuple[int, float]]  # (step, training loss)
    learning_rates: list[tuple[int, float]]  # (step, learning rate)


def summarise(run: Run) -> RunSummary:
    """Return a run on one line, damaged or not."""
    try:
        config, events = run.config, run.events()
    except S2SError:
        return RunSummary(run.name, "damaged", *[None] * 9)
    valid = [event for event in events if event["event"] == "valid"]
    best: dict[str, Any] = next((event for event in reversed(valid) if event["best"]), {})
    last = events[-1] if events else {}
    ending = "stopped early" if last.get("stopped_early") else "finished"
    state = ending if last.get("event") == "finished" else "unfinished"
    return RunSummary(
        run.name,
        state if run.has_checkpoint() else "no checkpoint",
        config.model.encoder,
        config.data.path,
        last.get("step"),
        best.get("step"),
        best.get("loss"),
        best.get("bleu"),
        best.get("bleu_any"),
        best.get("exact_match"),
        last.get("seconds"),
    )


def summarise_all(store: Store) -> list[RunSummary]:
    """Return every run, the latest last."""
    return [summarise(run) for run in store.all()]


def history(run: Run) -> RunHistory:
    """Return a run's course.

    Raises:
        S2SError: its config is damaged.
    """
    _ = run.config
    events = run.events()
    return RunHistory(
        summarise(run),
        [event for event in events if event["event"] == "valid"],
        [(event["step"], event["loss"]) for event in events if event["event"] == "step"],
        [(event["step"], event["learning_rate"]) for event in events if event["event"] == "step"],
    )
