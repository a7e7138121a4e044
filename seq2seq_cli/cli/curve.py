"""Curves of signs that are filled in eighths: on one line, or some rows high."""

from collections.abc import Sequence
from itertools import pairwise
from math import isclose, isfinite, nan

_SPARKS = "▁▂▃▄▅▆▇█"
_FILLED = " " + _SPARKS
_LABEL = 8  # columns


def curve(values: Sequence[float], width: int = 60) -> str:
    """Return a curve on one line, `width` characters wide at most; what is no number leaves a gap."""
    if not values:
        return ""
    step = max(1, -(-len(values) // width))
    means = [sum(block) / len(block) for block in (values[i : i + step] for i in range(0, len(values), step))]
    low, high = _ends(means)
    scale = 0 if isclose(low, high) else (len(_SPARKS) - 1) / (high - low)  # means of equals differ a little
    return "".join(_SPARKS[round((mean - low) * scale)] if isfinite(mean) else " " for mean in means)


def plot(values: Sequence[float], width: int, rows: int) -> list[tuple[str, str]]:
    """Return a curve `width` characters wide and some rows high, each row as its label and its signs.

    The greatest value stands before the highest row and the least before the lowest; equal values are a line
    on the lowest. What is no number leaves a gap.

    Args:
        values: at least one; where there are more than columns, each column is the mean of some.
        width: in characters, with the labels.
        rows: at least 2.
    """
    columns = max(width - _LABEL - 1, 1)
    means = _means(values, columns)
    low, high = _ends(means)
    flat = isclose(low, high)
    scale = 0 if flat else (rows * len(_SPARKS) - 1) / (high - low)
    heights = [1 + round((mean - low) * scale) if isfinite(mean) else 0 for mean in means]  # eighths of a row
    labels = ["" if flat else f"{high:.4g}", *[""] * (rows - 2), f"{low:.4g}"]
    drawn = []
    for label, below in zip(labels, reversed(range(0, rows * len(_SPARKS), len(_SPARKS))), strict=True):
        signs = "".join(_FILLED[max(0, min(height - below, len(_SPARKS)))] for height in heights)
        drawn.append((f"{label:>{_LABEL}} ", signs))
    return drawn


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Return the least and the greatest of those values that are numbers; NaN where none is."""
    numbers = [value for value in values if isfinite(value)]
    return min(numbers, default=nan), max(numbers, default=nan)


def _means(values: Sequence[float], columns: int) -> list[float]:
    """Return so many numbers in place of the values: means of some, or some again and again."""
    starts = [column * len(values) // columns for column in range(columns + 1)]
    blocks = (values[start : max(end, start + 1)] for start, end in pairwise(starts))
    return [sum(block) / len(block) for block in blocks]
