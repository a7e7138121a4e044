"""A preparation as a person sees it: progress that says how fast and how long, a report for one screen."""

import io
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from seq2seq_cli.cli import preparing
from seq2seq_cli.cli.preparing import PreparationDisplay, report
from seq2seq_cli.corpus.prepare import Prepared, Progress, Report
from seq2seq_cli.corpus.sources import Invalid
from seq2seq_cli.corpus.sources.download import Fetched

COUNTS = {"train": 8, "valid": 1, "test": 1, "source_vocabulary": 12, "target_vocabulary": 13}


def prepared(**found):
    return Prepared(Path("data/x"), Report(**found), {"counts": COUNTS})


@pytest.fixture
def clock(monkeypatch):
    """Return a clock that stands still until it is set."""

    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(preparing, "time", clock)
    return clock


def test_it_draws_every_event_and_returns_what_they_lead_to(capsys):
    wanted = prepared()

    def events():
        yield Fetched("fra-eng.zip", 10, 20)
        yield Fetched("fra-eng.zip", 20, None)
        yield Progress("reading", 5, 0.5)
        yield Progress("splitting", 5, None)
        return wanted

    with PreparationDisplay() as display:
        assert display.follow(events()) is wanted
    assert capsys.readouterr().out == ""


def test_events_are_closed_when_drawing_is_interrupted(monkeypatch):
    closed = []

    def events():
        try:
            yield Progress("reading", 5, 0.5)
            yield Progress("reading", 6, 0.6)
        finally:
            closed.append(True)
        return prepared()

    def interrupt(self, event):
        raise KeyboardInterrupt

    monkeypatch.setattr(PreparationDisplay, "show", interrupt)
    with pytest.raises(KeyboardInterrupt), PreparationDisplay() as display:
        display.follow(events())
    assert closed


def test_off_a_terminal_a_line_now_and_then_says_how_far_and_how_fast(clock, capsys):
    with PreparationDisplay() as display:
        for second in range(30):
            clock.now += 1
            display.show(Progress("reading", 1000 * (second + 1), (second + 1) / 40))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("reading: 11,000 pairs, 1,100 a second")
    assert lines[0].endswith("(28%)")


def test_on_a_terminal_a_bar_says_the_stage_the_rate_and_the_time_left(clock, monkeypatch):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(preparing, "stderr", lambda: console)
    with PreparationDisplay() as display:
        for second in range(5):
            clock.now += 1
            display.show(Progress("reading", 1000 * (second + 1), (second + 1) / 10))
        display.progress.refresh()
    assert "reading" in screen.getvalue()
    assert "5,000 pairs, 1,250 a second" in screen.getvalue()
    assert "0:00:0" in screen.getvalue()


def test_the_report_names_every_reason_with_an_example_and_fits_a_screen(capsys):
    reasons = ["empty", "too long", "length ratio", "other beginning", "identical sides", "duplicate", "leak"]
    problems = ["no tab", "not UTF-8"]
    report(
        prepared(
            read=100,
            dropped=Counter(dict.fromkeys(reasons, 10)),
            examples=dict.fromkeys(reasons, ("long " * 1000, "\x1b[2Jred\nline")),
            invalid=Counter(dict.fromkeys(problems, 7)),
            invalid_lines={
                problem: [Invalid("x.tsv", n, problem) for n in range(1, 6)] for problem in problems
            },
            held_out_missing=["i m nowhere"],
        )
    )
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) <= 24
    assert max(map(len, printed.splitlines())) < 200
    assert "\x1b[2J" not in printed
    for text in (*reasons, *problems, "passed over: 7 lines", "line 1, 2, 3, 4, 5, ...", "i m nowhere"):
        assert text in printed
