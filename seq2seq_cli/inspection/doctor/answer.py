"""What a check answers, and what comes of it."""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

from torch import Tensor

Verdict = Literal["not asked", "ok", "suspicious", "broken"]

VERDICTS: tuple[Verdict, ...] = ("not asked", "ok", "suspicious", "broken")
"""From the best to the worst."""

EXACT = 1e-9
"""How far two ways to the same float64 number may lie apart, as a share of the largest number there.

Rounding leaves some 1e-13 between them, also in a trained model of many steps; what leaks leaves more."""


class Answer(NamedTuple):
    """What a check has found."""

    verdict: Verdict
    value: float | None  # what was measured; None where that is no number
    figure: str  # the same for a person, with its unit
    meaning: str  # what it means and, unless all is well, what to do


@dataclass(frozen=True)
class Finding:
    """A check and its answer."""

    check: str  # a name from CHECKS
    holds: str  # what is so if all is well
    verdict: Verdict
    value: float | None
    figure: str
    meaning: str


def not_asked(why: str) -> Answer:
    """Return the answer to a question that this config does not raise."""
    return Answer("not asked", None, "-", why)


def number(value: float) -> float | None:
    """Return a value, or None for what JSON has no number for."""
    return value if math.isfinite(value) else None


def distance(ours: Tensor, theirs: Tensor, least: float = 0.0) -> float:
    """Return the largest difference of two tensors, as a share of the largest number in them.

    Args:
        ours: of any shape.
        theirs: of the same shape.
        least: what the share is of at least, where all numbers are small.
    """
    largest = max(float(ours.abs().max()), float(theirs.abs().max()), least)
    return float((ours - theirs).abs().max()) / largest if largest else 0.0


def same(difference: float, good: str, bad: str, tolerance: float = EXACT) -> Answer:
    """Return the answer to whether two ways lead to the same numbers.

    Args:
        difference: see distance; NaN is no good one.
        good: what it means that they do.
        bad: what it means that they don't, and what to do.
        tolerance: the largest difference that rounding explains.
    """
    well = difference <= tolerance
    figure = f"{difference:.1g} apart"
    return Answer("ok" if well else "broken", number(difference), figure, good if well else bad)
