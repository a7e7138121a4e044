"""How values, tables and curves look."""

import json
import math
from dataclasses import dataclass

import pytest

from seq2seq_cli.cli import console


@dataclass
class Curve:
    points: list[float]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "-"),
        (True, "yes"),
        (False, "no"),
        (1234567, "1,234,567"),
        (3.14159, "3.14"),
        (0.0, "0.00"),
        (0.00123, "0.00123"),
        (-2.5, "-2.50"),
        ("text", "text"),
    ],
)
def test_values_are_shown_short(value, expected):
    assert console.shown(value) == expected


def test_a_curve_rises_and_falls_with_its_values():
    assert console.curve([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert console.curve([7, 0, 7]) == "█▁█"
    assert console.curve([0.1, 0.3 - 0.2, 0.1]) == "▁▁▁"
    assert console.curve([]) == ""


def test_what_is_no_number_leaves_a_gap_in_curves_and_plots():
    nan, infinite = math.nan, math.inf
    assert console.curve([0, nan, 7, infinite, -infinite]) == "▁ █  "
    assert console.curve([nan, nan]) == "  "
    rows = [signs for _, signs in console.plot([0.0, nan, 23.0, infinite], 13, 3)]
    assert rows == ["  █ ", "  █ ", "▁ █ "]
    assert [signs for _, signs in console.plot([nan], 10, 2)] == [" ", " "]


@pytest.mark.parametrize("length", [1, 59, 60, 61, 1000])
def test_a_curve_is_never_wider_than_asked_for(length):
    curve = console.curve([float(i) for i in range(length)], width=60)
    assert 0 < len(curve) <= min(length, 60)
    assert list(curve) == sorted(curve)


def heights_of(rows):
    """Return how many eighths of a row each column of a plot is high."""
    return [sum(" ▁▂▃▄▅▆▇█".index(sign) for sign in column) for column in zip(*rows, strict=True)]


def test_a_plot_stands_on_its_lowest_row_and_reaches_its_highest():
    labels, rows = zip(*console.plot([0.0, 11.0, 23.0, 1.0], 13, 3), strict=True)
    assert rows == ("  █ ", " ▄█ ", "▁██▂")
    assert labels == ("      23 ", "         ", "       0 ")


@pytest.mark.parametrize("count", [1, 2, 7, 60, 61, 500])
def test_a_plot_is_as_wide_and_as_high_as_asked_for_and_in_proportion(count):
    values = [float(i) for i in range(count)]
    rows = console.plot(values, 69, 5)
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
    assert console.plot([0.1, 0.3 - 0.2], 12, 2) == [("         ", "   "), ("     0.1 ", "▁▁▁")]
    assert [len(signs) for _, signs in console.plot([1.0, 2.0, 3.0], 1, 2)] == [1, 1]


@pytest.mark.parametrize("text", ["[bold]x[/bold]", ":smile:", "[/]", "a\\[b]", "1 2 3.5"])
def test_text_is_printed_as_it_is(text, capsys):
    console.say(text)
    console.note(text)
    console.table(text, ["column"], [(text,)])
    printed = capsys.readouterr()
    assert printed.out.startswith(f"{text}\n")
    assert printed.err == f"{text}\n"
    assert printed.out.count(text) == 3
    assert "\x1b" not in printed.out


def test_off_a_terminal_no_line_is_folded(capsys):
    long = "word " * 100
    console.say(long)
    console.note(long)
    console.table("", ["column"], [(long,)])
    printed = capsys.readouterr()
    assert long in printed.out.splitlines()[0] + " "
    assert len(printed.err.splitlines()) == 1
    assert sum("word" in line for line in printed.out.splitlines()) == 2


def test_sentences_are_folded_between_words_where_the_terminal_ends(capsys, monkeypatch):
    monkeypatch.setattr(console, "_WIDTH_OF_A_FILE", 80)
    console.prose("[word] " * 30)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(len(line) <= 80 and set(line.split()) == {"[word]"} for line in lines)


def test_json_has_null_for_what_it_has_no_number_for(capsys):
    console.print_json([{"loss": math.nan, "curve": ((1, math.inf), (2, 0.5))}, Curve([-math.inf, 1.0])])
    found = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(name))
    assert found == [{"loss": None, "curve": [[1, None], [2, 0.5]]}, {"points": [None, 1.0]}]


def test_json_keeps_letters_as_they_are(capsys):
    document = {"été": [1, None, "\u4f60"]}
    console.print_json(document)
    out = capsys.readouterr().out
    assert json.loads(out) == document
    assert "été" in out
