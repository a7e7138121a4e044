"""Ctrl-C as a wish that is granted between two steps."""

import signal
import time

import pytest

from seq2seq_cli.cli.interrupt import Interruption, ending_like_ctrl_c

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


# Under torchrun


@every_signal
def test_what_torchrun_passes_on_at_once_is_the_same_wish_and_later_another(number, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with Interruption(launched=True) as interruption:
        for later in (0.0, 0.3, 0.5):
            now[0] += later
            signal.raise_signal(number)
            assert interruption.requested
        now[0] += 0.5
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)


def test_a_follower_does_not_tell_the_user(capfd):
    with Interruption(leads=False) as interruption:
        signal.raise_signal(signal.SIGINT)
        assert interruption.requested
    assert capfd.readouterr().err == ""


def fail_after(number, launched):
    with Interruption(launched=launched):
        if number:
            signal.raise_signal(number)
        raise RuntimeError("Connection closed by peer")


@pytest.mark.parametrize(
    ("number", "launched", "expected"),
    [
        (signal.SIGTERM, True, KeyboardInterrupt),
        (signal.SIGINT, True, KeyboardInterrupt),
        (None, True, RuntimeError),
        (signal.SIGTERM, False, RuntimeError),
    ],
)
def test_who_is_told_to_end_and_then_loses_the_others_is_interrupted(number, launched, expected):
    with pytest.raises(expected):
        fail_after(number, launched)


# Commands that a signal ends


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_that_ends_a_program_is_like_ctrl_c_for_a_while(name):
    number = getattr(signal, name)
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(KeyboardInterrupt), ending_like_ctrl_c():
            signal.raise_signal(number)
        assert signal.getsignal(number) == signal.SIG_DFL
    finally:
        signal.signal(number, before)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ending_like_ctrl_c():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
