"""Curves over each other, told apart by their signs."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.cli.chart import chart

WIDTH, ROWS = 30, 5  # 20 columns for the curves


def drawn(lines):
    """Return the places of each sign, as (column, row), the lowest row being 0."""
    places = {}
    for row, line in enumerate(reversed(lines[:-1])):
        for column, sign in enumerate(line[10:]):
            if sign != " ":
                places.setdefault(sign, set()).add((column, row))
    return places


def test_a_straight_line_goes_from_corner_to_corner():
    assert chart([("A", [(0, 1.0), (1000, 3.0)])], WIDTH, ROWS) == [
        "        3                  AAA",
        "                      AAAAA",
        "                  AAAA",
        "             AAAAA",
        "        1 AAA",
        "          0              1,000",
    ]


def test_every_curve_is_drawn_with_its_sign_over_its_own_steps():
    low, high = [(10, 0.0), (20, 0.0)], [(0, 4.0), (19, 4.0)]
    places = drawn(chart([("A", low), ("B", high)], WIDTH, ROWS))
    assert places == {
        "A": {(column, 0) for column in range(10, 20)},
        "B": {(column, 4) for column in range(19)},
    }


def test_where_several_meet_stands_a_star():
    up, down = [(0, 0.0), (19, 4.0)], [(0, 4.0), (19, 0.0)]
    places = drawn(chart([("A", up), ("B", down)], WIDTH, ROWS))
    assert places["*"] == {(column, 2) for column in (8, 9, 10, 11)}
    same = drawn(chart([("A", up), ("B", up)], WIDTH, ROWS))
    assert same.keys() == {"*"}


def test_the_ends_of_both_axes_are_named():
    lines = chart([("A", [(224, 2.5671), (1792, 0.12)])], 60, 8)
    assert lines[0].startswith("    2.567 ")
    assert lines[-2].startswith("     0.12 ")
    assert lines[-1] == " " * 10 + "224" + "1,792".rjust(47)
    assert len(lines) == 9


def test_equal_values_are_a_line_on_the_lowest_row():
    lines = chart([("A", [(0, 0.5), (9, 0.5)])], WIDTH, ROWS)
    assert drawn(lines)["A"] == {(column, 0) for column in range(20)}
    assert lines[0] == ""
    assert lines[4].startswith("      0.5 ")


def test_a_single_point_is_drawn():
    lines = chart([("A", [(7, 0.5)])], WIDTH, ROWS)
    assert drawn(lines) == {"A": {(0, 0)}}
    assert lines[-1].split() == ["7"]


def test_what_is_no_number_is_left_out():
    points = [(0, 1.0), (5, math.nan), (10, math.inf), (19, 2.0)]
    assert chart([("A", points)], WIDTH, ROWS) == chart([("A", [points[0], points[-1]])], WIDTH, ROWS)
    assert chart([("A", points[1:3]), ("B", [])], WIDTH, ROWS) == []


points = st.lists(
    st.tuples(st.integers(0, 10**6), st.just(0.0) | st.floats(1e-9, 1e9)),
    unique_by=lambda point: point[0],
    max_size=9,
).map(sorted)


@given(st.lists(points, min_size=1, max_size=4), st.integers(30, 100), st.integers(2, 12))
def test_it_never_leaves_its_room_and_each_curve_reaches_from_its_first_point_to_its_last(
    curves, width, rows
):
    lines = chart(list(zip("ABCD", curves, strict=False)), width, rows)
    if not any(curves):
        assert lines == []
        return
    assert len(lines) == rows + 1
    assert all(len(line) <= width for line in lines)
    places = drawn(lines)
    assert all(column < width - 10 for some in places.values() for column, _ in some)
    xs = [x for curve in curves for x, _ in curve]
    for sign, curve in zip("ABCD", curves, strict=False):
        if curve:
            columns = {column for column, _ in places.get(sign, set()) | places.get("*", set())}
            for x in (curve[0][0], curve[-1][0]):
                exact = (x - min(xs)) / max(max(xs) - min(xs), 1) * (width - 11)
                assert any(abs(column - exact) <= 0.5 + 1e-9 for column in columns)


@pytest.mark.parametrize("rows", [2, 3, 9])
def test_the_extremes_stand_on_the_first_and_the_last_line(rows):
    places = drawn(chart([("A", [(0, 3.0), (10, 9.0), (19, 1.0)])], WIDTH, rows))
    assert {0, rows - 1} <= {row for _, row in places["A"]}
