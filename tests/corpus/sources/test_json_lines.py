"""JSON Lines: which fields are read, and which records are none."""

import json

import pytest


@pytest.fixture
def records(tmp_path):
    def write(*lines: object):
        path = tmp_path / "pairs.jsonl"
        encoded = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        path.write_bytes(b"\n".join(encoded))
        return path

    return write


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"source": "yes", "target": "oui"}, ("yes", "oui")),
        ({"note": "x", "Target": "oui", "src": "yes"}, ("yes", "oui")),
        ({"id": "x1", "score": 0.5, "en": "yes", "fr": "oui"}, ("yes", "oui")),
        ({"number": 7, "question": "yes", "answer": "oui", "more": "x"}, ("yes", "oui")),
        ({"id": "7", "translation": {"fr": "oui", "en": "yes"}}, ("oui", "yes")),
        ({"source": "web", "translation": {"en": "yes", "fr": "oui"}}, ("yes", "oui")),
        ({"original": "yes", "translation": "oui"}, ("yes", "oui")),
    ],
)
def test_the_fields_are_found(records, read, record, expected) -> None:
    reading = read(records(record, record))
    assert reading.pairs == [expected, expected]
    assert reading.faults == []


def test_fields_are_chosen_by_name_or_number(records, read, refused) -> None:
    path = records({"a": "1", "b": "2", "c": "3"})
    assert read(path, columns=["c", "a"]).pairs == [("3", "1")]
    assert read(path, columns=["2", "3"]).pairs == [("2", "3")]
    message = refused(path, columns=["a", "d"])
    assert "no column 'd'" in message
    assert "a, b, c" in message
    path = records({"translation": {"de": "ja", "en": "yes", "fr": "oui"}, "id": "x"})
    assert read(path, columns=["fr", "de"]).pairs == [("oui", "ja")]
    assert read(path, columns=["3", "2"]).pairs == [("oui", "yes")]


def test_the_order_of_the_first_record_holds(records, read) -> None:
    path = records(
        {"en": "yes", "fr": "oui"}, {"fr": "non", "en": "no"}, {"x": "x", "y": "y", "en": "a", "fr": "b"}
    )
    assert read(path).pairs == [("yes", "oui"), ("no", "non"), ("a", "b")]


def test_what_is_no_pair_is_passed_over_and_named(records, read) -> None:
    path = records(
        b"\xef\xbb\xbf",
        {"only": "one text"},
        b"not json",
        {"en": "yes", "fr": "oui"},
        b"   ",
        ["en", "fr"],
        {"en": "yes"},
        {"en": "yes", "fr": None},
        {"en": ["yes"], "fr": "oui"},
        b'{"en": "\xff", "fr": "oui"}',
        b'{"en": "yes", "fr": "oui"',
        b'{"en": ' + b"[" * 100_000,
        b'{"en": ' + b"1" * 5000 + b', "fr": "x"}',
        "yes",
        {"en": "no", "fr": "non"},
    )
    reading = read(path)
    assert reading.pairs == [("yes", "oui"), ("no", "non")]
    *others, digits, last = reading.faults
    assert others == [
        (2, "no two texts"),
        (3, "not JSON"),
        (6, "no object"),
        (7, "no field 'fr'"),
        (8, "'fr' is no text"),
        (9, "'en' is no text"),
        (10, "not UTF-8"),
        (11, "not JSON"),
        (12, "not JSON"),
    ]
    assert digits in [(13, "not JSON"), (13, "'en' is no text")]  # by the version of Python
    assert last == (14, "no object")


def test_a_record_without_its_translation_is_passed_over(records, read) -> None:
    path = records(
        {"translation": {"en": "a", "fr": "b"}}, {"translation": "x"}, {"translation": {"en": "c"}}
    )
    assert read(path).faults == [(2, "no object 'translation'"), (3, "no field 'fr'")]


def test_half_a_character_becomes_the_replacement_character(records, read) -> None:
    path = records(b'{"source": "a\\ud800b", "target": "\\ud83d\\ude00 \\udc00"}')
    assert read(path).pairs == [("a\ufffdb", "\U0001f600 \ufffd")]


@pytest.mark.parametrize("content", [b'[{"source": "yes", "target": "oui"}]', b'\n [\n{"source": "a"}', b"["])
@pytest.mark.parametrize("format_", ["auto", "jsonl"])
def test_a_json_array_is_refused(records, refused, content, format_) -> None:
    message = refused(records(content), format=format_)
    assert "one JSON array" in message
    assert "One object a line" in message
