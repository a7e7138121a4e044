"""Any file as a stream of decompressed bytes: recognised by how it begins, not by its name."""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from seq2seq_cli.corpus.sources.archive import MAGICS, UNREADABLE
from seq2seq_cli.corpus.sources.inputs import Input, Readable
from seq2seq_cli.errors import CorpusError

HEAD_BYTES = 512
"""How many of its first bytes a file is known by."""
BOMB_RATIO = 200
BOMB_BYTES = 1 << 24
"""Decompressed text of more bytes than this, and so many times what it came from, is no corpus."""

_TAR = slice(257, 262)


@dataclass(frozen=True)
class Compression:
    """A way to pack bytes: its usual suffix, how such files begin, and what unpacks them."""

    suffix: str
    magic: bytes
    unpack: Callable[[Any], Readable]


def _zstd(packed: Any) -> Readable:
    stream: Readable = pa.CompressedInputStream(pa.PythonFile(packed, mode="r"), "zstd")
    return stream


COMPRESSIONS = (
    Compression(".gz", b"\x1f\x8b", lambda packed: gzip.GzipFile(fileobj=packed)),
    Compression(".bz2", b"BZh", bz2.BZ2File),
    Compression(".xz", b"\xfd7zXZ\x00", lzma.LZMAFile),
    Compression(".zst", b"\x28\xb5\x2f\xfd", _zstd),
)


class Stream:
    """The decompressed bytes of a file.

    Attributes:
        name: what errors call it.
        head: its first bytes, which `read` gives too.
        path: where these bytes lie on disk, if they lie there as they are.

    Raises:
        CorpusError: (at once, and when reading) it is a tar, or cut off, or damaged, or a bomb.
    """

    def __init__(self, file: Input, stored: Readable) -> None:
        self.name = file.name
        self._file = file
        self._stored = _Replayed(stored)
        self._bytes: Readable = self._stored
        self._count = 0
        self._unread = b""
        start = self._fill(HEAD_BYTES)
        if start[:4] in MAGICS:
            raise CorpusError(
                f"{self.name} is a zip where none can be opened.",
                "Unpack it, and name the file that was in it.",
            )
        self._stored.replay(start)
        self._count = 0
        compression = _compression(file.name, start)
        if compression:
            self._bytes = compression.unpack(io.BufferedReader(self._stored))
        self.path = None if compression or file.member else file.path
        self.head = self._unread = self._fill(HEAD_BYTES)
        if self.head[_TAR] == b"ustar":
            raise CorpusError(f"{self.name} is a tar archive.", "Unpack it, and name a file or folder of it.")

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        chunk, self._unread = self._unread[:size], self._unread[size:]
        return chunk + self._decompress(size - len(chunk)) if len(chunk) < size else chunk

    def fraction(self) -> float | None:
        """Return how much of the file has been read, from 0 to 1; None where its end is not known."""
        if self._file.length is None:
            return None
        return min(1.0, self._stored.count / self._file.length) if self._file.length else 1.0

    def _fill(self, size: int) -> bytes:
        chunks = []
        while size > 0 and (chunk := self._decompress(size)):
            chunks.append(chunk)
            size -= len(chunk)
        return b"".join(chunks)

    def _decompress(self, size: int) -> bytes:
        try:
            chunk = self._bytes.read(size)
        except UNREADABLE as error:
            if isinstance(error, EOFError) or "Truncated" in str(error):
                raise _cut_off(self.name) from error
            raise CorpusError(f"Cannot read {self.name}: {error}.") from error
        self._count += len(chunk)
        packed = (self._file.member and self._file.size) or self._stored.count
        if self._count > BOMB_BYTES and self._count > BOMB_RATIO * packed:
            raise CorpusError(
                f"{self.name} looks like a decompression bomb: {packed:,} bytes have become {self._count:,}.",
                "If you trust it, unpack it yourself.",
            )
        return chunk


@contextmanager
def opened(file: Input) -> Iterator[Stream]:
    """Open a file, and decompress it if it is compressed.

    Raises:
        CorpusError: it cannot be read; see Stream.
    """
    with ExitStack() as stack:
        try:
            stored = stack.enter_context(file.open())
        except UNREADABLE as error:
            reason = getattr(error, "strerror", None) or error
            raise CorpusError(f"Cannot read {file.name}: {reason}.") from error
        yield Stream(file, stored)


class _Replayed(io.RawIOBase):
    """Counts the bytes of a stream, and gives those again that were looked at."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._replay = b""
        self.count = 0

    def replay(self, chunk: bytes) -> None:
        self._replay = chunk
        self.count -= len(chunk)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._replay[:size] if self._replay else self._stream.read(size)
        self._replay = self._replay[size:]
        self.count += len(chunk)
        return chunk

    def readinto(self, buffer: Any, /) -> int:
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _compression(name: str, start: bytes) -> Compression | None:
    for compression in COMPRESSIONS:
        if start.startswith(compression.magic):
            return compression
        if name.lower().endswith(compression.suffix) and compression.magic.startswith(start):
            raise _cut_off(name)
    return None


def _cut_off(name: str) -> CorpusError:
    return CorpusError(f"{name} is cut off: it ends in the middle.", "Fetch it again.")


def without_compression(name: str) -> str:
    """Return a file's name without .gz and its like."""
    for compression in COMPRESSIONS:
        if name.lower().endswith(compression.suffix):
            return name[: -len(compression.suffix)]
    return name
