"""How values, text and tables look."""

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


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(3, 3, "3"), (3, 4, "3-4"), (1000, 2000, "1,000-2,000"), (1000, None, "1,000+")],
)
def test_a_span_is_as_short_as_it_can_be(first, last, expected):
    assert console.span(first, last) == expected


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
