"""Ctrl-C as a wish that is granted between two steps."""

import signal

import pytest

from seq2seq_cli.cli.interrupt import Interruption

every_signal = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@every_signal
def test_the_first_signal_is_noted_and_stops_nothing(number):
    with Interruption() as interruption:
        assert not interruption.requested
        signal.raise_signal(number)
        assert interruption.requested


@every_signal
def test_the_user_is_told_at_once(number, capfd):
    with Interruption():
        assert capfd.readouterr().err == ""
        signal.raise_signal(number)
        told = capfd.readouterr()
    assert told.out == ""
    assert told.err == "\nStopping after this step; once more stops at once.\n"


@every_signal
def test_the_second_signal_ends_the_program(number):
    with Interruption():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)


@every_signal
def test_afterwards_signals_do_what_they_did_before(number):
    before = signal.getsignal(number)
    with Interruption():
        assert signal.getsignal(number) != before
    assert signal.getsignal(number) == before
    with pytest.raises(ZeroDivisionError), Interruption():
        _ = 1 / 0
    assert signal.getsignal(number) == before
