"""Runs beside each other: what differs in their configs, their courses, their scores."""

from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq_cli.config import describe
from seq2seq_cli.errors import RunError
from seq2seq_cli.evaluation import Comparison as Differences
from seq2seq_cli.evaluation import assess, compare_outcomes, scored_pairs
from seq2seq_cli.inspection.runs import RunSummary, summarise
from seq2seq_cli.runs import Run

MOST = 26  # runs at a time; whoever draws them has so many letters


@dataclass(frozen=True)
class Difference:
    """A key of the config that is not the same in all runs."""

    key: str
    description: str
    values: list[str]  # one a run, as YAML spells them


@dataclass(frozen=True)
class ComparedRun:
    """A run among others."""

    summary: RunSummary
    tokens_per_second: float | None  # target tokens, over all of its training
    losses: list[tuple[int, float]]  # (step, loss) of the valid part
    bleus: list[tuple[int, float]]  # (step, BLEU against all references of the same source)


@dataclass(frozen=True)
class Comparison:
    """Runs beside each other."""

    runs: list[ComparedRun]
    same_data: bool  # all were trained on the same files: only then can scores be compared
    settings: list[Difference]  # in the order of the page
    part: str | None  # what they were scored on, to tell their differences from chance; None: on nothing
    differences: list[Differences]  # there, between the first run and each of the others


def compare(runs: Sequence[Run], part: str | None = None) -> Comparison:
    """Return runs beside each other.

    Args:
        runs: two or more.
        part: train, valid or test, to score them on; None leaves it at what was written down in training.

    Raises:
        S2SError: one of them is damaged, there are more than MOST, or they are to be scored, and their data
            are gone or have other sentences there.
    """
    if len(runs) > MOST:
        raise RunError(f"{len(runs)} runs are too many to compare; {MOST} are the most.")
    pages = [describe(run.config) for run in runs]
    settings = [
        Difference(infos[0].key, infos[0].description, [info.text for info in infos])
        for infos in zip(*pages, strict=True)
        if any(info.value != infos[0].value for info in infos)
    ]
    files = [run.data_files() for run in runs]
    same_data = all(other == files[0] for other in files)
    differences = [] if part is None else _differences(runs, part)
    return Comparison([_compared(run) for run in runs], same_data, settings, part, differences)


def _differences(runs: Sequence[Run], part: str) -> list[Differences]:
    """Compare the first run with each of the others by paired bootstrap, two outcomes in memory at a time."""
    scored = scored_pairs(runs, part)
    outcomes = (assess(run, run.config, pairs) for run, pairs in zip(runs, scored, strict=True))
    first = next(outcomes)
    return [compare_outcomes(first, other) for other in outcomes]


def _compared(run: Run) -> ComparedRun:
    events = run.events()
    valid = [event for event in events if event["event"] == "valid"]
    trained = next((event for event in reversed(events) if event["event"] != "valid"), None)
    return ComparedRun(
        summarise(run),
        trained["target_tokens"] / trained["seconds"] if trained and trained["seconds"] > 0 else None,
        [(event["step"], event["loss"]) for event in valid],
        [(event["step"], event["bleu_any"]) for event in valid],
    )
