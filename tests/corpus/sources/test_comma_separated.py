"""Comma-separated values: headers, quotes, and lines that are none."""

import csv

import pytest

from seq2seq_cli.corpus.sources import comma_separated


@pytest.fixture
def pairs_csv(tmp_path):
    def write(content: str | bytes):
        path = tmp_path / "pairs.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Yes.,Oui.\nNo.,Non.\n", [("Yes.", "Oui."), ("No.", "Non.")]),
        ("\ufeffsource,target\nyes,oui", [("yes", "oui")]),
        ("en,fr\nyes,oui\n", [("yes", "oui")]),
        ("id,en,fr\n1,yes,oui\n", [("yes", "oui")]),
        ("eng,fra\r\nyes,oui\r\n", [("yes", "oui")]),
        ("Target,Source\noui,yes\n", [("yes", "oui")]),
        ("EN,FR\nyes,oui\n", [("EN", "FR"), ("yes", "oui")]),
        ("yes,oui\nno,non\n", [("yes", "oui"), ("no", "non")]),
        ("en,en\na,b\n", [("en", "en"), ("a", "b")]),
        ("Yes;Oui\nNo, no;Non\n", [("Yes", "Oui"), ("No, no", "Non")]),
        ('"a, b";c\nd;e\n', [("a, b", "c"), ("d", "e")]),
        ("Yes; yes,Oui\n", [("Yes; yes", "Oui")]),
        ('"a\nb","c""d"\n\n  \n"e\r\n",f\n', [("a\nb", 'c"d'), ("e\r\n", "f")]),
        ("a,b,c\nd,e,f\n", [("a", "b"), ("d", "e")]),
        ("a\0b,\0\n", [("a\0b", "\0")]),
        ('"",""\n,\n', [("", ""), ("", "")]),
        ("\n\n", []),
    ],
)
def test_values_are_read_as_spreadsheets_write_them(pairs_csv, read, content, expected) -> None:
    reading = read(pairs_csv(content))
    assert reading.pairs == expected
    assert reading.faults == []


@pytest.mark.parametrize(
    ("content", "pairs", "faults"),
    [
        (b"source,target\n\nyes\nno,non\n", [("no", "non")], [(3, "no comma")]),
        (b"\n \na,b\nyes\n", [("a", "b")], [(4, "no comma")]),
        (b"a;b\nyes\n", [("a", "b")], [(2, "no semicolon")]),
        (b'a,b\n"c\nd",e\n\xff,f\ng,h\n', [("a", "b"), ("c\nd", "e"), ("g", "h")], [(4, "not UTF-8")]),
        (b'a,b\n"c\n\xff\nd",e\ng,h\n', [("a", "b"), ("g", "h")], [(3, "not UTF-8")]),
        (
            b"a,b\nc\rd,e\nf,g\n",
            [("a", "b"), ("f", "g")],
            [(2, "a carriage return in a cell without quotes")],
        ),
        (b"\xff,b\na,b\n", [("a", "b")], [(1, "not UTF-8")]),
    ],
)
def test_what_is_no_pair_is_passed_over_and_named(pairs_csv, read, content, pairs, faults) -> None:
    reading = read(pairs_csv(content))
    assert reading.pairs == pairs
    assert reading.faults == faults


def test_columns_are_chosen_by_name_or_number(pairs_csv, read, refused) -> None:
    path = pairs_csv("fr,id,text\noui,1,yes\nnon,2\n")
    assert read(path, columns=["text", "fr"]).pairs == [("yes", "oui")]
    assert read(path, columns=["text", "fr"]).faults == [(3, "only 2 columns")]
    assert read(path, columns=["3", "1"]).pairs == [("yes", "oui")]
    assert "Did you mean 'text'?" in refused(path, columns=["texts", "fr"])
    assert read(pairs_csv("a,b,c\nd,e\n"), columns=["3", "1"]).pairs == [("c", "a")]


def test_a_quote_that_is_never_closed_does_not_swallow_the_file(pairs_csv, refused) -> None:
    message = refused(pairs_csv('a,b\nc,d\n"e,f\ng,h\n'))
    assert "pairs.csv, line 3: a quote is opened here and never closed" in message


def test_a_cell_has_a_greatest_size(pairs_csv, read, refused, monkeypatch) -> None:
    path = pairs_csv('a,b\n"' + "c\n" * 100_000 + '",d\n')  # more than Python's own limit
    assert len(read(path).pairs) == 2
    before = csv.field_size_limit(1000)
    monkeypatch.setattr(comma_separated, "LONGEST_LINE", 1000)
    try:
        assert "line 2: a cell has no end" in refused(path)
    finally:
        csv.field_size_limit(before)
