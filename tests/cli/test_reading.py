"""Lines and what they ask for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.cli import reading
from seq2seq_cli.cli.reading import from_json, from_text, requests
from seq2seq_cli.cli.reports import Reports
from seq2seq_cli.lines import Window


def read(path, parse=from_text, prefix=""):
    with requests(None, path, parse, prefix, Reports()) as asked:
        return [request for window in asked for request in window]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "in.txt"


def test_lines_are_numbered_over_all_windows(file, monkeypatch):
    monkeypatch.setattr("seq2seq_cli.lines._WINDOW_LINES", 1)
    monkeypatch.setattr("seq2seq_cli.lines._BLOCK_BYTES", 5)
    file.write_bytes(b"a\nb\nc\nd\ne\nf\n")
    assert [(one.number, one.source) for one in read(file)] == list(enumerate("abcdef", 1))


def test_a_byte_order_mark_is_no_part_of_the_first_line(file):
    file.write_bytes('\ufeff"a"\n\ufeffb\n'.encode())
    assert [one.source for one in read(file)] == ['"a"', "\ufeffb"]
    assert read(file, from_json)[0].source == "a"


@given(st.binary())
def test_any_bytes_give_as_many_lines_of_text(content):
    lines = content.split(b"\n")
    (found,) = reading._decoded([Window(lines)], Reports())
    expected = [line.decode("utf-8", errors="replace") for line in lines]
    expected[0] = expected[0].removeprefix("\ufeff")
    assert found == expected


def test_a_cut_through_a_character_is_no_invalid_text(capsys):
    line = "é".encode() * 5
    (found,) = reading._decoded([Window([line[:-1], line[:-1]], {0})], Reports())
    assert found == ["éééé", "éééé\ufffd"]
    messages = capsys.readouterr().err.splitlines()
    assert "Line 1 is longer than 1,048,576 bytes" in messages[0]
    assert messages[1:] == ["Line 2 is not valid UTF-8; what could not be read was replaced."]


TEXTS = st.text(st.characters(max_codepoint=0x2100) | st.sampled_from("\U0001f600\ud800"), max_size=20)


@given(TEXTS, TEXTS | st.none(), TEXTS)
def test_a_json_object_asks_for_its_source_with_its_prefix_or_the_general_one(source, prefix, general):
    given_ = {"source": source, "id": 7} | ({} if prefix is None else {"prefix": prefix})
    asked = from_json(3, json.dumps(given_), general)
    assert asked == (3, source, general if prefix is None else prefix, "")


@given(TEXTS)
def test_a_json_string_is_a_source(source):
    assert from_json(1, json.dumps(source), "so") == (1, source, "so", "")


@pytest.mark.parametrize("line", ["", "  ", "\t\r"])
def test_a_blank_line_among_json_is_a_blank_source(line):
    assert from_json(1, line, "so") == (1, "", "", "")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "no JSON"),
        ("je suis", "no JSON"),
        ('{"source": "a"} {"source": "b"}', "no JSON"),
        ("[" * 200_000, "no JSON"),
        ("9" * 5000, "no JSON"),
        ("[1]", "'source'"),
        ("7", "'source'"),
        ("null", "'source'"),
        ("{}", "'source'"),
        ('{"text": "a"}', "'source'"),
        ('{"source": null}', "'source'"),
        ('{"source": "a", "prefix": 7}', "'prefix'"),
    ],
)
def test_a_line_that_is_no_request_says_why(line, problem):
    asked = from_json(5, line, "")
    assert asked.source == ""
    assert problem in asked.problem
    assert len(asked.problem) < 70
