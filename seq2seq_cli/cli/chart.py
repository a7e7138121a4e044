"""Curves over each other, told apart by their signs, with or without colour."""

from collections.abc import Sequence
from math import isclose, isfinite

import numpy as np

_SEVERAL = "*"
_LABEL = 9  # columns: as many as 1.234e+10 has

Points = Sequence[tuple[float, float]]  # (x, y), x rising


def chart(curves: Sequence[tuple[str, Points]], width: int, rows: int) -> list[str]:
    """Return curves over each other, on so many lines and one more with the ends of the x axis.

    Each is drawn with its own sign, between its points straight; `*` stands where several meet. The greatest
    and the least y stand before the highest and the lowest line. Points that are no numbers are left out.

    Args:
        curves: the sign of each, and its points.
        width: in characters, with the labels.
        rows: at least 2.
    """
    drawn = [(sign, [point for point in points if isfinite(point[1])]) for sign, points in curves]
    points = [point for _, some in drawn for point in some]
    if not points:
        return []
    columns = width - _LABEL - 1
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)
    flat = isclose(low, high)
    canvas = [[" "] * columns for _ in range(rows)]
    for sign, some in drawn:
        at = [_scaled(x, left, right, columns) for x, _ in some]
        for column in range(at[0], at[-1] + 1) if at else ():
            y = float(np.interp(column, at, [y for _, y in some]))
            row = rows - 1 if flat else rows - 1 - _scaled(y, low, high, rows)
            canvas[row][column] = sign if canvas[row][column] in (" ", sign) else _SEVERAL
    labels = ["" if flat else f"{high:.4g}", *[""] * (rows - 2), f"{low:.4g}"]
    lines = [
        f"{label:>{_LABEL}} {''.join(line)}".rstrip() for label, line in zip(labels, canvas, strict=True)
    ]
    first, last = f"{left:,}", f"{right:,}" if right > left else ""
    return [*lines, f"{'':{_LABEL}} {first}{last.rjust(columns - len(first))}"]


def _scaled(value: float, low: float, high: float, places: int) -> int:
    """Return which of so many places, from 0, a value between low and high has."""
    return round((value - low) / (high - low) * (places - 1)) if high > low else 0
