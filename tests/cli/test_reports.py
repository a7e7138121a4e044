"""What is wrong with lines is told, and a flood of it is counted."""

import pytest

from seq2seq_cli.cli.reports import BROKEN, NOT_UTF8, Reports


def told(capsys):
    return capsys.readouterr().err.splitlines()


def test_the_first_of_a_kind_are_told_and_the_others_counted(capsys):
    with Reports() as reports:
        for number in range(1, 1235):
            reports.tell(number, NOT_UTF8)
    lines = told(capsys)
    assert [line.split(" is ")[0] for line in lines[:5]] == [f"Line {number}" for number in range(1, 6)]
    assert ["only counted" in line for line in lines] == [False] * 4 + [True, False]
    assert lines[5:] == ["In all, 1,234 lines were not valid UTF-8."]


def test_kinds_are_counted_apart_and_a_few_need_no_total(capsys):
    with Reports() as reports:
        for number in range(1, 6):
            reports.tell(1000 * number, NOT_UTF8)
            reports.tell(1000 * number, BROKEN, f"reason {number}")
    lines = told(capsys)
    assert len(lines) == 10
    assert lines[1] == "Line 1,000 was not translated: reason 1."


def test_who_leaves_early_hears_no_total(capsys):
    reports = Reports()
    for number in range(1, 100):
        reports.tell(number, NOT_UTF8)
    with pytest.raises(BrokenPipeError), reports:
        raise BrokenPipeError
    assert len(told(capsys)) == 5
