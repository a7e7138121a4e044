"""How curves on one line, and on some rows, look."""

import math

import pytest

from seq2seq_cli.cli.curve import curve, plot


def test_a_curve_rises_and_falls_with_its_values():
    assert curve([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert curve([7, 0, 7]) == "█▁█"
    assert curve([0.1, 0.3 - 0.2, 0.1]) == "▁▁▁"
    assert curve([]) == ""


def test_what_is_no_number_leaves_a_gap_in_curves_and_plots():
    nan, infinite = math.nan, math.inf
    assert curve([0, nan, 7, infinite, -infinite]) == "▁ █  "
    assert curve([nan, nan]) == "  "
    rows = [signs for _, signs in plot([0.0, nan, 23.0, infinite], 13, 3)]
    assert rows == ["  █ ", "  █ ", "▁ █ "]
    assert [signs for _, signs in plot([nan], 10, 2)] == [" ", " "]


@pytest.mark.parametrize("length", [1, 59, 60, 61, 1000])
def test_a_curve_is_never_wider_than_asked_for(length):
    drawn = curve([float(i) for i in range(length)], width=60)
    assert 0 < len(drawn) <= min(length, 60)
    assert list(drawn) == sorted(drawn)


def heights_of(rows):
    """Return how many eighths of a row each column of a plot is high."""
    return [sum(" ▁▂▃▄▅▆▇█".index(sign) for sign in column) for column in zip(*rows, strict=True)]


def test_a_plot_stands_on_its_lowest_row_and_reaches_its_highest():
    labels, rows = zip(*plot([0.0, 11.0, 23.0, 1.0], 13, 3), strict=True)
    assert rows == ("  █ ", " ▄█ ", "▁██▂")
    assert labels == ("      23 ", "         ", "       0 ")


@pytest.mark.parametrize("count", [1, 2, 7, 60, 61, 500])
def test_a_plot_is_as_wide_and_as_high_as_asked_for_and_in_proportion(count):
    values = [float(i) for i in range(count)]
    rows = plot(values, 69, 5)
    assert len(rows) == 5
    assert {(len(label), len(signs)) for label, signs in rows} == {(9, 60)}
    heights = heights_of([signs for _, signs in rows])
    assert heights == sorted(heights)
    if count > 1:
        assert (heights[0], heights[-1]) == (1, 40)
        assert all(
            abs(height - (1 + 39 * i / 59)) <= 1 + 40 / min(count, 60) for i, height in enumerate(heights)
        )


def test_a_plot_of_equal_values_is_a_line_and_of_one_column_still_a_plot():
    assert plot([0.1, 0.3 - 0.2], 12, 2) == [("         ", "   "), ("     0.1 ", "▁▁▁")]
    assert [len(signs) for _, signs in plot([1.0, 2.0, 3.0], 1, 2)] == [1, 1]
