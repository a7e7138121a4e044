"""How commands end before their time: by Ctrl-C, or by what a system sends."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any

_ECHO = 1.0
"""Seconds in which a signal may come from a scheduler, say, and again from torchrun, which passes it on."""

_PROMISE = b"\nStopping after this step; once more stops at once.\n"


@contextmanager
def ending_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and SIGHUP, too, end a command so that nothing half-made is left."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    changed = [each for each in numbers if signal.getsignal(each) == signal.SIG_DFL]  # nohup ignores one
    for number in changed:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


class Interruption:
    """What a training takes for a wish: a first SIGINT or SIGTERM is noted, and a second ends the program.

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
