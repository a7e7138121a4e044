"""Lines of text as they arrive: many at a time where they flow, and at once where they pause."""

import select
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import UnsupportedOperation
from typing import BinaryIO

LONGEST_LINE = 1 << 20
"""Bytes; what a line has beyond them is dropped, so that memory holds whatever comes."""

_BLOCK_BYTES = 1 << 16  # what one read brings at most, which is what a pipe holds
_WINDOW_LINES = 8192
_WINDOW_BYTES = 1 << 22
_PAUSE = 0.005  # seconds in which nothing comes: the writer waits, perhaps for an answer
_PATIENCE = 0.1  # seconds after which a line is handed on, even if others keep coming


@dataclass(frozen=True)
class Window:
    """Lines that have arrived together, at least one, without their line ends.

    A line ends in LF or CRLF; a last line without one counts too.
    """

    lines: list[bytes] = field(default_factory=list)
    cut: set[int] = field(default_factory=set)  # the places of lines that had more than LONGEST_LINE bytes


def windows(stream: BinaryIO) -> Iterator[Window]:
    """Yield all the lines that have arrived, again and again.

    A window is handed on when it is full, when the input pauses, or when its first line has waited long
    enough. Its memory is bounded, whatever the input: endless, or of one endless line.

    Args:
        stream: a buffered binary stream that nobody else reads, such as sys.stdin.buffer.
    """
    cutter, began = _Cutter(), 0.0
    while block := _block(stream):
        if not cutter.window.lines:
            began = time.monotonic()
        cutter.feed(block)
        if cutter.window.lines and (
            cutter.full or time.monotonic() - began > _PATIENCE or not _comes(stream, _PAUSE)
        ):
            yield cutter.take()
    cutter.finish()
    if cutter.window.lines:
        yield cutter.take()


class _Cutter:
    """Cuts what is read into lines."""

    def __init__(self) -> None:
        self.window = Window()
        self._bytes = 0  # of the window's lines
        self._beginning = bytearray()  # of the line that has not ended yet

    @property
    def full(self) -> bool:
        """Whether the window has all that it may have."""
        return len(self.window.lines) >= _WINDOW_LINES or self._bytes >= _WINDOW_BYTES

    def feed(self, block: bytes) -> None:
        """Take a block in."""
        first, *others = block.split(b"\n")
        self._go_on(first)
        if others:
            self._end_line()  # alone of these it may be too long: a block is no longer than a line may be
            self.window.lines.extend(line.removesuffix(b"\r") for line in others[:-1])
            self._go_on(others[-1])
        self._bytes += len(block)

    def finish(self) -> None:
        """Let a last line without a line end be a line."""
        if self._beginning:
            self._end_line()

    def take(self) -> Window:
        """Return the window, and begin another."""
        window, self.window, self._bytes = self.window, Window(), 0
        return window

    def _go_on(self, piece: bytes) -> None:
        more = LONGEST_LINE + len(b"\r?") - len(self._beginning)  # enough to tell a CR that ends a line
        self._beginning += piece[:more]

    def _end_line(self) -> None:
        line = bytes(self._beginning).removesuffix(b"\r")
        if len(line) > LONGEST_LINE:
            self.window.cut.add(len(self.window.lines))
        self.window.lines.append(line[:LONGEST_LINE])
        self._beginning.clear()


def _block(stream: BinaryIO) -> bytes:
    """Return what has arrived, at the end nothing; wait for it even where a pipe is set not to make wait."""
    _comes(stream, None)
    block: bytes = stream.read1(_BLOCK_BYTES)  # type: ignore[attr-defined]  # BufferedReader's own
    return block


def _comes(stream: BinaryIO, seconds: float | None) -> bool:
    """Tell whether there is something to read, or the end, within so many seconds; None waits for it."""
    try:
        return bool(select.select([stream], [], [], seconds)[0])
    except (UnsupportedOperation, TypeError):  # it lies in memory, and never makes anybody wait
        return True
    except (OSError, ValueError):  # Windows asks sockets alone: small windows there, and no late answers
        return False
