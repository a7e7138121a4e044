"""A training off a terminal: plain lines on stderr, few of them. On a terminal: a panel that fits into it."""

import io
import re
import sys

import pytest
from rich.cells import cell_len

from seq2seq_cli.cli import training
from seq2seq_cli.cli.training import TrainingDisplay
from seq2seq_cli.config import TrainingConfig
from seq2seq_cli.training.events import Finished, Sample, Step, Validated

FIRST = (Sample("je suis content", "i m glad", "i m a"), Sample("[b]il\x1b court", "he runs", "he runs"))
SECOND = (Sample("je suis content", "i m glad", "i m glad"), Sample("[b]il\x1b court", "he runs", "he sits"))


def step(number, loss=2.0, rate=0.1):
    return Step(number, 1, loss, rate, 1.0, 10 * number, 0.01 * number)


def validated(number, best=True, samples=()):
    return Validated(number, 2, 1.25, 3.49, 10.0, 12.5, 40.0, 7.0, best=best, samples=samples)


def display(total_steps=100, done_steps=0, past=(), **keys):
    return TrainingDisplay(TrainingConfig(epochs=2, **keys), total_steps, done_steps, past)


# Off a terminal


def test_validations_and_the_end_are_told_and_steps_are_not(capsys):
    with display() as shown:
        for number in range(1, 100):
            shown.show(step(number))
        shown.show(validated(99))
        shown.show(Finished(100, 2, 1000, 8.0, 99))
    printed = capsys.readouterr()
    assert printed.out == ""
    told, finished = printed.err.splitlines()
    for number in ("99", "1.250", "3.49", "12.5", "40.0%", "*"):
        assert number in told
    for number in ("100 steps", "8 s", "125 target tokens a second"):
        assert number in finished


def test_samples_are_a_line_each_under_their_validation(capsys):
    with display() as shown:
        shown.show(validated(10, samples=FIRST))
    printed = capsys.readouterr().err
    assert printed.splitlines()[1:] == [
        "    je suis content -> i m a   (i m glad)",
        "    [b]il  court -> he runs   (he runs)",  # with no sign that steers a terminal
    ]


def test_now_and_then_a_line_tells_how_far_it_is(capsys, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(training.time, "monotonic", lambda: now)
    with display() as shown:
        for number in range(1, 26):
            now += 1
            shown.show(step(number))
    lines = capsys.readouterr().err.splitlines()
    assert [re.search(r"step +(\d+) of 100", line)[1] for line in lines] == ["11", "22"]
    assert all("loss 2.000  1,000 tokens/s" in line for line in lines)


@pytest.mark.parametrize(
    ("patience", "said"),
    [(5, "no better bleu for 5 validations"), (1, "no better bleu for 1 validation")],
)
def test_it_says_that_it_stopped_early_and_why(capsys, patience, said):
    with display(validation={"patience": patience, "score": "bleu"}) as shown:
        shown.show(Finished(50, 1, 1000, 8.0, 40, stopped_early=True))
    assert capsys.readouterr().err.splitlines()[0] == f"stopped early: {said}"


@pytest.mark.parametrize("kind", ["dumb", "latin-1"])
def test_a_terminal_that_cannot_draw_gets_lines(kind, terminal):
    printed = terminal(80, 24, encoding="latin-1" if kind == "latin-1" else "utf-8")
    if kind == "dumb":
        terminal.setenv("TERM", "dumb")
    with display() as shown:
        shown.show(step(1))
        shown.show(validated(1, samples=FIRST))
    assert len(printed.getvalue().splitlines()) == 3
    assert "\x1b[" not in printed.getvalue()


# On a terminal


class Screen(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True

    def fileno(self):
        raise io.UnsupportedOperation


class Terminal:
    """Stands in for one: (width, height, encoding=) -> what is written to it."""

    def __init__(self, patch):
        self.setenv = patch.setenv
        self.patch = patch

    def __call__(self, width, height, encoding="utf-8"):
        for name, value in {"COLUMNS": width, "LINES": height, "TERM": "xterm-256color"}.items():
            self.setenv(name, str(value))
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
            self.patch.delenv(name, raising=False)
        screen = Screen()
        screen.encoding = encoding
        self.patch.setattr(sys, "stderr", screen)
        return screen


@pytest.fixture
def terminal(monkeypatch):
    return Terminal(monkeypatch)


def lines_of(shown, width, height):
    return ["".join(text for text, _ in line) for line in shown.panel.lines(width, height)]


def trained(steps=600):
    """Return a display that has seen updates and two validations with samples."""
    shown = display(1000)
    for number in range(1, steps + 1):
        shown.show(step(number, loss=6 - 5 * number / steps, rate=0.001 * number))
    shown.show(validated(300, samples=FIRST))
    shown.show(validated(steps, best=False, samples=SECOND))
    return shown


def drawn(screen):
    """Return what was drawn last, without colours."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())


@pytest.mark.parametrize("height", [1, 2, 3, 5, 10, 24, 60])
@pytest.mark.parametrize("width", [1, 10, 40, 72, 80, 250])
def test_the_panel_fits_into_any_terminal(terminal, width, height):
    screen = terminal(width, height)
    with trained() as shown:
        shown.drawing.refresh()
        rows = shown.console.render_lines(shown.panel, pad=False)
        assert 1 <= len(rows) <= max(height - 1, 1)
        assert all(sum(cell_len(part.text) for part in row) <= width for row in rows)
        shown.show(Finished(600, 2, 1000, 8.0, 300))
    assert "finished" in drawn(screen).replace("\n", "")


def test_a_low_and_narrow_terminal_shows_everything_in_short(terminal):
    terminal(40, 10)
    shown = trained()
    bar, numbers, loss, rate, scores, first, second = lines_of(shown, 40, 10)
    assert bar.startswith("epoch 1/2  ━━━")
    assert "600/1,000  60%" in numbers
    assert loss.startswith("loss ")
    assert rate.startswith("learning rate 0.6 ")
    assert "valid loss 1.250" in scores
    rows = ["".join(part.text for part in row) for row in shown.console.render_lines(shown.panel, pad=False)]
    assert rows[4] == "step 600  valid loss 1.250  perplexity …"
    assert rows[5] == "je suis content -> i m glad   (before: …"
    assert first == "je suis content -> i m glad   (before: i m a)"
    assert second == "[b]il  court -> he sits   (before: he runs)"


def test_a_usual_terminal_shows_curves_scores_and_samples_with_the_output_before(terminal):
    terminal(80, 24)
    text = "\n".join(lines_of(trained(), 80, 24))
    assert re.search(
        r"^   5\.9\d\d █.*\n(.*\n){4}   1\.0\d\d █+[▂-▇]*▁ ", text, flags=re.M
    )  # greatest and least
    for wanted in (
        "600/1,000  60%",
        "1,000 tokens/s",
        "loss 1.4",  # of late
        "learning rate 0.6",
        "perplexity 3.49  BLEU 12.5  exact 40.0%  best: step 300",
        "source     je suis content\nreference  i m glad\noutput     i m glad\nbefore     i m a\n",
        "output     he sits\nbefore     he runs",
    ):
        assert wanted in text, wanted


def test_validations_stay_above_the_panel_and_the_end_below(terminal):
    screen = terminal(80, 30)
    with display() as shown:
        for number in range(1, 100):
            shown.show(step(number))
        shown.show(validated(99, samples=FIRST))
        shown.show(Finished(99, 2, 1000, 8.0, 99, stopped_early=True))
    lines = [line.strip() for line in drawn(screen).splitlines() if line.strip()]
    assert lines[-1].startswith("finished after 99 steps")
    assert lines[-2].startswith("stopped early")
    assert lines[-3] == "output     he runs"
    told = next(i for i, line in enumerate(lines) if "exact 40.0%  7 s  *" in line)
    assert any("99/100  99%" in line for line in lines[told:])


def test_the_terminal_is_drawn_on_now_and_then_however_many_steps_there_are(terminal, monkeypatch):
    terminal(80, 24)
    now = 1000.0
    monkeypatch.setattr(training.time, "monotonic", lambda: now)
    with display(10_000) as shown:
        drawings = []
        monkeypatch.setattr(shown.drawing, "refresh", lambda: drawings.append(now))
        for number in range(1, 1001):
            now += 0.01
            shown.show(step(number))
        assert 70 <= len(drawings) <= 80  # ten seconds

        def slowly():
            nonlocal now
            drawings.append(now)
            now += 0.02

        monkeypatch.setattr(shown.drawing, "refresh", slowly)
        drawings.clear()
        for number in range(1001, 2001):
            now += 0.01
            shown.show(step(number))
        assert 5 <= len(drawings) <= 7  # a hundredth of the time


def test_time_left_counts_all_that_has_happened_since_the_start(terminal, monkeypatch):
    terminal(80, 24)
    now = 1000.0
    monkeypatch.setattr(training.time, "monotonic", lambda: now)
    with display(400, done_steps=100) as shown:
        now += 50
        shown.show(step(200))  # a hundred in 50 seconds, two hundred to go
        assert "1:40 left" in lines_of(shown, 80, 24)[0]


def test_no_color_is_respected(terminal):
    coloured = terminal(80, 24)
    with trained():
        pass
    plain = terminal(80, 24)
    terminal.setenv("NO_COLOR", "1")
    with trained():
        pass
    assert re.search(r"\x1b\[[0-9;]*3[0-9]m", coloured.getvalue())
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", plain.getvalue())


def test_the_curves_go_on_where_they_were_left():
    past = [
        {"event": "step", "step": 1, "epoch": 1, "loss": 6.0, "learning_rate": 0.1},
        {"event": "valid", "step": 1, "best": True},
        {"event": "step", "step": 2, "epoch": 2, "loss": 4.0, "learning_rate": 0.2},
        {"event": "step", "step": 3, "epoch": 2, "loss": 9.0, "learning_rate": 0.3},  # is to be done again
        {"event": "valid", "step": 3, "best": True},
    ]
    shown = display(done_steps=2, past=past)
    assert shown.panel.epoch == 2
    shown.show(step(3, loss=3.0, rate=0.3))
    assert shown.panel.losses.points == [6.0, 4.0, 3.0]
    assert shown.panel.rates.points == [0.1, 0.2, 0.3]
    assert shown.panel.best_step == 1
