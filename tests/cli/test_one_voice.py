"""An error that several processes meet is told by one of them."""

import time

import pytest
import typer

from seq2seq_cli.cli.errors import INTERRUPTED
from seq2seq_cli.cli.one_voice import one_voice
from seq2seq_cli.errors import ConfigError


@pytest.mark.parametrize(
    ("ranks", "rank", "error", "waits"),
    [
        ("1", "0", ConfigError, False),
        ("1", "0", RuntimeError, False),
        ("2", "0", ConfigError, False),
        ("2", "0", RuntimeError, True),
        ("2", "1", ConfigError, True),
        ("2", "1", RuntimeError, True),
        ("2", "1", typer.Exit, False),
    ],
)
def test_the_leader_speaks_at_once_and_who_may_be_ended_by_torchrun_waits(
    ranks, rank, error, waits, monkeypatch
):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", ranks)
    monkeypatch.setenv("RANK", rank)
    with pytest.raises(error), one_voice():
        raise error("!")
    assert bool(slept) is waits


@pytest.mark.parametrize(
    ("ranks", "rank", "expected"),
    [("1", "0", KeyboardInterrupt), ("2", "0", KeyboardInterrupt), ("2", "1", typer.Exit)],
)
def test_an_interruption_of_all_is_told_by_the_leader(ranks, rank, expected, monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", ranks)
    monkeypatch.setenv("RANK", rank)
    with pytest.raises(expected) as caught, one_voice():
        raise KeyboardInterrupt
    assert getattr(caught.value, "exit_code", INTERRUPTED) == INTERRUPTED


def test_without_torchrun_nobody_waits(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("it waits"))
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    for name, value in (("WORLD_SIZE", "2"), ("RANK", "1")):  # as clusters and notebooks do
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError), one_voice():
        raise ConfigError("!")
