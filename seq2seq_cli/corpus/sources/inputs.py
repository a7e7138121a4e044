"""What can be opened: a file on disk, a member of a zip, a pipe; by name, size and bytes."""

import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from seq2seq_cli.errors import CorpusError

_CHUNK_BYTES = 1 << 20


class Readable(Protocol):
    """A stream of bytes; an empty chunk is its end."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""


class Pipe:
    """Bytes that come once, such as standard input; their checksum is known when they have been read."""

    def __init__(self, name: str, connect: Callable[[], AbstractContextManager[Readable]]) -> None:
        self._name = name
        self._connect = connect
        self._connected = False
        self._digest = hashlib.sha256()
        self._stream: Readable

    @contextmanager
    def open(self) -> Iterator[Readable]:
        """Connect to the stream, for the first and last time."""
        if self._connected:
            raise CorpusError(f"{self._name.capitalize()} can be read only once.", "Keep it in a file first.")
        self._connected = True
        with self._connect() as self._stream:
            yield self

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""
        chunk = self._stream.read(size)
        self._digest.update(chunk)
        return chunk

    def checksum(self) -> bytes:
        """Return the SHA-256 of all that has been read."""
        return self._digest.digest()


@dataclass(frozen=True)
class Input:
    """One thing to open.

    Attributes:
        name: what errors call it, as the user gave it.
        open: opens its bytes, as they lie there, anew.
        path: the file on disk that it is, or that it lies in; None for a pipe.
        size: how many bytes it takes on disk, where that is known.
        length: how many bytes `open` gives, where that is known.
        member: whether it lies in a zip.
        pipe: the pipe that it is.
    """

    name: str
    open: Callable[[], AbstractContextManager[Readable]]
    path: Path | None = None
    size: int | None = None
    length: int | None = None
    member: bool = False
    pipe: Pipe | None = None


def file_input(name: str, path: Path) -> Input:
    """Return a file on disk, or a pipe that has a name in the file system.

    Raises:
        CorpusError: it cannot be read.
    """
    if path.is_char_device() or path.is_block_device():
        raise CorpusError(f"{name} is a device, not a file.", "To read standard input, name it -.")
    if not path.is_file():
        pipe = Pipe(name, lambda: path.open("rb"))
        return Input(name, pipe.open, pipe=pipe)
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
    except OSError as error:
        raise CorpusError(f"Cannot read {name}: {error.strerror or error}.") from error
    return Input(name, lambda: path.open("rb"), path, size, size)


def standard_input() -> Input:
    """Return standard input.

    Raises:
        CorpusError: it is a terminal, or closed.
    """
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        raise CorpusError(
            "Nothing is piped into standard input.",
            "Write for example: zcat pairs.tsv.gz | s2s prepare-data -",
        )
    pipe = Pipe("standard input", _standard_stream)
    return Input("standard input", pipe.open, pipe=pipe)


@contextmanager
def _standard_stream() -> Iterator[Readable]:
    yield sys.stdin.buffer  # left open: it is not ours


def checksum(inputs: Sequence[Input]) -> str:
    """Return the SHA-256 over the bytes of the files on disk, one after the other, in hexadecimal.

    Pipes among several files count with their own checksums.

    Raises:
        CorpusError: a file cannot be read any more.
    """
    pipes = [file.pipe for file in inputs if file.pipe]
    if len(inputs) == 1 and pipes:
        return pipes[0].checksum().hex()
    digest = hashlib.sha256()
    for pipe in pipes:
        digest.update(pipe.checksum())
    paths = dict.fromkeys(file.path for file in inputs if file.path)
    try:
        for path in paths:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    digest.update(chunk)
    except OSError as error:
        raise CorpusError(f"Cannot read {path}: {error.strerror or error}.") from error
    return digest.hexdigest()
