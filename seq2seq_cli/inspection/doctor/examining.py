"""Asks everything, and survives every answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from seq2seq_cli.errors import CheckpointError, ConfigError
from seq2seq_cli.inspection.doctor.answer import VERDICTS, Answer, Finding, Verdict, not_asked
from seq2seq_cli.inspection.doctor.checks import CHECKS, Check
from seq2seq_cli.inspection.doctor.patient import Patient


@dataclass(frozen=True)
class Diagnosis:
    """All that was found."""

    run: str | None
    data: str
    verdict: Verdict  # the worst of the findings'
    findings: list[Finding]


def examine(patient: Patient, checks: Mapping[str, Check] = CHECKS) -> Iterator[Finding]:
    """Ask each check, and yield what it finds as soon as it has; random generators are left as they were.

    A check that raises an error has found one: that is what a broken model does.

    Raises:
        ConfigError: there can be no such model, for its widths do not fit together, say.
    """
    for name, check in checks.items():
        with torch.random.fork_rng(devices=[]):
            answer = _answer(check, name, patient)
        yield Finding(name, check.holds, *answer)


def diagnosis(patient: Patient, findings: Sequence[Finding]) -> Diagnosis:
    """Return findings as one document."""
    return Diagnosis(
        patient.run.name if patient.run else None,
        str(patient.dataset.folder),
        max((finding.verdict for finding in findings), key=VERDICTS.index),
        list(findings),
    )


def _answer(check: Check, name: str, patient: Patient) -> Answer:
    try:
        return check.ask(patient)
    except ConfigError:
        raise
    except CheckpointError as error:
        if name == "checkpoints" or patient.run is None:
            return Answer("broken", None, "cannot be loaded", str(error))
        return not_asked("The run has no checkpoint that can be loaded.")
    except Exception as error:
        said = " ".join(str(error).split()).rstrip(".")
        return Answer("broken", None, type(error).__name__, f"The check failed: {said}.")
