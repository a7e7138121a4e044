"""All runs, each on one line: what it is made of, how far it has come, how good it was."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.errors import S2SError
from seq2seq_cli.files import size_of
from seq2seq_cli.registry import Registry
from seq2seq_cli.runs import Run, Store
from seq2seq_cli.runs.keeping import is_kept


@dataclass(frozen=True)
class RunSummary:
    """A run on one line. Scores are those of its best checkpoint on the valid part."""

    name: str
    state: str  # running, finished, stopped early, interrupted or broken
    kept: bool  # nobody may remove it
    changed: str  # when it was last saved, or else made; local time, as in 2026-01-31T14:05:00+01:00
    megabytes: float  # of all its files, 10^6 bytes each
    problem: str | None = None  # what is broken
    data: str | None = None  # the folder it was trained on
    model: str | None = None  # in a few words
    parameters: int | None = None  # None before there is a checkpoint
    steps: int | None = None  # updates made
    best_step: int | None = None
    loss: float | None = None
    bleu: float | None = None
    bleu_any: float | None = None
    exact_match: float | None = None
    seconds: float | None = None  # of training, validation not counted


def summarise_all(store: Store, order: str = "changed") -> list[RunSummary]:
    """Return every run.

    Args:
        store: all runs.
        order: one of ORDERS.

    Raises:
        UnknownNameError: there is no such order.
    """
    rank = ORDERS[order]
    return sorted((summarise(run) for run in reversed(store.all())), key=rank)


def summarise(run: Run) -> RunSummary:
    """Return a run on one line, broken or not."""
    changed = datetime.fromtimestamp(run.last_change()).astimezone()
    summary = RunSummary(
        name=run.name,
        state="broken",
        kept=is_kept(run),
        changed=changed.isoformat(timespec="seconds"),
        megabytes=size_of(run.path.rglob("*")) / 1e6,
    )
    try:
        summary = _described(summary, run)
    except S2SError as error:
        summary = replace(summary, problem=error.message)
    return replace(summary, state="running") if run.is_training() else summary


def _described(summary: RunSummary, run: Run) -> RunSummary:
    """Return a summary with what the run's files say.

    Raises:
        S2SError: they are damaged.
    """
    config, events = run.config, run.events()
    last: dict[str, Any] = events[-1] if events else {}
    marked = [event for event in events if event["event"] == "valid" and event["best"]]
    best: dict[str, Any] = marked[-1] if marked else {}
    ending = "stopped early" if last.get("stopped_early") else "finished"
    return replace(
        summary,
        state=ending if last.get("event") == "finished" else "interrupted",
        data=config.data.path,
        model=in_words(config.model),
        parameters=run.checkpoints.parameters() if run.has_checkpoint() else None,
        steps=last.get("step"),
        best_step=best.get("step"),
        loss=best.get("loss"),
        bleu=best.get("bleu"),
        bleu_any=best.get("bleu_any"),
        exact_match=best.get("exact_match"),
        seconds=last.get("seconds"),
    )


def in_words(model: ModelConfig) -> str:
    """Return a model in a few words: `bi 256 → lstm 2×256, general` has two layers in its decoder."""
    encoder = f"{model.encoder} {_wide(model.encoder_layers, model.encoder_hidden_size)}"
    decoder = f"{model.cell} {_wide(model.decoder_layers, model.decoder_hidden_size)}"
    attention = "" if model.attention == "none" else f", {model.attention}"
    return f"{encoder} → {decoder}{attention}"


def _wide(layers: int, size: int) -> str:
    return str(size) if layers == 1 else f"{layers}×{size}"


def _as_they_come(_: RunSummary) -> Any:
    return 0


def _named(summary: RunSummary) -> Any:
    return summary.name


def _most_steps(summary: RunSummary) -> Any:
    return summary.steps is None, -(summary.steps or 0)


def _highest_bleu(summary: RunSummary) -> Any:
    return summary.bleu_any is None, -(summary.bleu_any or 0)


def _lowest_loss(summary: RunSummary) -> Any:
    return summary.loss is None, summary.loss or 0


ORDERS: Registry[Callable[[RunSummary], Any]] = Registry(
    "order",
    {
        "changed": _as_they_come,  # which is by their last change
        "name": _named,
        "steps": _most_steps,
        "bleu": _highest_bleu,
        "loss": _lowest_loss,
    },
)
"""What runs are sorted by: the latest, the first in the alphabet, the farthest, the best come first."""
