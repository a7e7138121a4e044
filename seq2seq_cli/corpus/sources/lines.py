"""Bytes become lines: whole ones, numbered, as offsets and Arrow arrays instead of Python strings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from seq2seq_cli.corpus.sources.compression import Stream
from seq2seq_cli.errors import CorpusError

CHUNK_BYTES = 1 << 22
"""How much is read, and becomes one block."""
LONGEST_LINE = 1 << 26
"""A line of more bytes is none."""

_BOM = b"\xef\xbb\xbf"
_RETURN, _NEWLINE = b"\r\n"

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Lines:
    """Some whole lines of a file.

    Attributes:
        data: their bytes.
        starts: where each line begins, (lines,).
        ends: where it ends, its line end not counted, (lines,).
        number: the first line's number in the file, from 1.
    """

    data: bytes
    starts: Positions
    ends: Positions
    number: int

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.starts)

    def array(self) -> npt.NDArray[np.uint8]:
        """Return the bytes as numbers, (bytes,)."""
        return np.frombuffer(self.data, np.uint8)

    def line(self, index: int) -> bytes:
        """Return one line, without its line end."""
        return self.data[self.starts[index] : self.ends[index]]

    def not_utf8(self) -> Flags:
        """Return which lines are not valid UTF-8, (lines,)."""
        flags = np.zeros(len(self), np.bool_)
        whole = _strings(self.data, np.array([0, len(self.data)], np.int32))
        if not is_valid(whole):
            flags[:] = [not is_utf8(self.line(index)) for index in range(len(self))]
        return flags

    def cut(self, starts: Positions, ends: Positions, missing: Flags | None = None) -> Any:
        """Return pieces of the bytes as a pa.StringArray.

        Args:
            starts: where each piece begins, in ascending order, (pieces,).
            ends: where it ends, not beyond the next one's start, (pieces,).
            missing: which pieces shall be null, (pieces,).
        """
        between = np.empty(2 * len(starts), np.int32)  # every piece, and what lies before the next
        between[0::2], between[1::2] = starts, ends
        places = np.arange(0, len(between), 2, dtype=np.int32)
        return _strings(self.data, between).take(pa.array(places, mask=missing))


def whole_lines(stream: Stream) -> Iterator[bytes]:
    """Yield a stream's bytes without its BOM, cut where lines end; the very last may lack its line end.

    Raises:
        CorpusError: a line does not end.
    """
    rest: list[bytes] = []
    waiting = 0
    for chunk in _without_bom(stream):
        cut = chunk.rfind(b"\n") + 1
        if cut:
            yield b"".join([*rest, chunk[:cut]])
            rest, waiting = [], 0
        rest.append(chunk[cut:])
        waiting += len(chunk) - cut
        if waiting > LONGEST_LINE:
            raise CorpusError(
                f"{stream.name} has a line of more than {LONGEST_LINE >> 20} MB: is that a text file?"
            )
    if waiting:
        yield b"".join(rest)


def numbered_lines(stream: Stream) -> Iterator[tuple[int, bytes]]:
    r"""Yield each line with its number from 1; its \n is off, a \r before it is not.

    Raises:
        CorpusError: a line does not end.
    """
    number = 0
    for data in whole_lines(stream):
        lines = data.split(b"\n")
        if not lines[-1]:
            lines.pop()
        for line in lines:
            number += 1
            yield number, line


def line_blocks(stream: Stream) -> Iterator[Lines]:
    """Yield all lines of a stream, some MB at a time.

    Raises:
        CorpusError: a line does not end.
    """
    number = 1
    for data in whole_lines(stream):
        array = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(array == _NEWLINE)
        if array[-1] != _NEWLINE:
            ends = np.append(ends, len(array))
        starts = np.zeros_like(ends)
        starts[1:] = ends[:-1] + 1
        ends = ends - ((ends > starts) & (array[ends - 1] == _RETURN))
        yield Lines(data, starts, ends, number)
        number += len(starts)


def is_utf8(data: bytes) -> bool:
    """Tell whether bytes are valid UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_valid(array: Any) -> bool:
    """Tell whether an Arrow array is sound, its text valid UTF-8 included."""
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _strings(data: bytes, offsets: npt.NDArray[np.int32]) -> Any:
    return pa.StringArray.from_buffers(max(0, len(offsets) - 1), pa.py_buffer(offsets), pa.py_buffer(data))


def _without_bom(stream: Stream) -> Iterator[bytes]:
    start = b""
    while len(start) < len(_BOM) and (chunk := stream.read(CHUNK_BYTES)):
        start += chunk
    if start := start.removeprefix(_BOM):
        yield start
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk
