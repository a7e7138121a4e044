"""How a training ends before its time: Ctrl-C and SIGTERM as a wish."""

import os
import signal
import time
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

_ECHO = 1.0
"""Seconds in which a signal may come from a scheduler, say, and again from torchrun, which passes it on."""

_PROMISE = b"\nStopping after this step; once more stops at once.\n"


class Interruption:
    """While entered, the first SIGINT or SIGTERM is noted in `requested`, and the second ends the program.

    Args:
        launched: torchrun has started this process: what follows the first signal at once is the same wish.
        leads: this is the one process that tells the user.
    """

    def __init__(self, *, launched: bool = False, leads: bool = True) -> None:
        self.requested = False
        self._launched = launched
        self._leads = leads
        self._when = 0.0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Interruption":
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._launched and self.requested and isinstance(error, RuntimeError):
            raise KeyboardInterrupt from error  # another process had ended before there was anything to save

    def _note(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.requested:
            self.requested, self._when = True, now
            if self._leads:
                with suppress(OSError):  # Ctrl-C may have ended whoever reads it
                    os.write(2, _PROMISE)  # safe inside a handler
        elif not (self._launched and now - self._when < _ECHO):
            raise KeyboardInterrupt
