"""How values, tables and curves look."""

import json

import pytest

from seq2seq_cli.cli import console


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
    assert len(set(console.curve([3, 3, 3]))) == 1
    assert console.curve([]) == ""


@pytest.mark.parametrize("length", [1, 59, 60, 61, 1000])
def test_a_curve_is_never_wider_than_asked_for(length):
    curve = console.curve([float(i) for i in range(length)], width=60)
    assert 0 < len(curve) <= min(length, 60)
    assert list(curve) == sorted(curve)


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


def test_json_keeps_letters_as_they_are(capsys):
    document = {"été": [1, None, "\u4f60"]}
    console.print_json(document)
    out = capsys.readouterr().out
    assert json.loads(out) == document
    assert "été" in out
