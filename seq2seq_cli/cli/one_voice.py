"""Let one process report an error that several meet."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from seq2seq_cli.cli.errors import INTERRUPTED

_UNTIL_TORCHRUN_ENDS_ALL = 5.0
"""Seconds in which torchrun, once a process has failed, has surely ended the others; it takes far less."""


@contextmanager
def one_voice() -> Iterator[None]:
    """Let one process report an error that several meet.

    torchrun ends all of its processes by SIGTERM as soon as one has failed. So the leader speaks at once,
    unless it has only lost another one, and whoever is still there after a while has an error of its own to
    report. An interruption meets all of them, and the leader alone tells it.
    """
    several = "TORCHELASTIC_RUN_ID" in os.environ and os.environ.get("WORLD_SIZE", "1") != "1"
    follows = several and os.environ.get("RANK", "0") != "0"
    try:
        yield
    except typer.Exit:
        raise
    except KeyboardInterrupt:
        if follows:
            raise typer.Exit(INTERRUPTED) from None
        raise
    except Exception as error:
        lost_another = isinstance(error, RuntimeError)  # what torch raises then
        if follows or (several and lost_another):
            time.sleep(_UNTIL_TORCHRUN_ENDS_ALL)
        raise
