"""Lines of text as they arrive, so that a pipe is answered when it pauses."""

from collections.abc import Iterator
from typing import BinaryIO

_BLOCK_BYTES = 1 << 16


def line_blocks(stream: BinaryIO) -> Iterator[list[bytes]]:
    """Yield all the lines that have arrived, again and again, without their line ends.

    Nothing waits for more input than it needs: what one read of the stream brings is handed on at once. A
    line ends in LF or CRLF; a last line without one counts too.

    Args:
        stream: a buffered binary stream, such as sys.stdin.buffer.
    """
    unfinished: list[bytes] = []
    while block := stream.read1(_BLOCK_BYTES):  # type: ignore[attr-defined]  # BufferedReader's own
        first, *others = block.split(b"\n")
        unfinished.append(first)
        if others:
            lines = [b"".join(unfinished), *others[:-1]]
            unfinished = [others[-1]]
            yield [line.removesuffix(b"\r") for line in lines]
    if last := b"".join(unfinished):
        yield [last.removesuffix(b"\r")]
