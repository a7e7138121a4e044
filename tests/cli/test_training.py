"""A training off a terminal: plain lines on stderr, few of them."""

from seq2seq_cli.cli.training import TrainingDisplay
from seq2seq_cli.training.events import Finished, Step, Validated


def test_validations_and_the_end_are_told_and_steps_are_not(capsys):
    with TrainingDisplay(total_steps=100, done_steps=0, epochs=2) as display:
        for step in range(1, 100):
            display.show(Step(step, 1, 2.0, 0.1, 1.0, 10 * step, 0.01 * step))
        display.show(Validated(99, 2, 1.25, 3.49, 10.0, 12.5, 40.0, 7.0, best=True))
        display.show(Finished(100, 2, 1000, 8.0, 99))
    printed = capsys.readouterr()
    assert printed.out == ""
    validated, finished = printed.err.splitlines()
    for number in ("99", "1.250", "3.49", "12.5", "40.0%", "*"):
        assert number in validated
    for number in ("100 steps", "8 s", "125 target tokens a second"):
        assert number in finished
