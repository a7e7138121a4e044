"""Two files of lines, of which the second translates the first line by line."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from seq2seq_cli.corpus.sources.blocks import blocks_without_nulls
from seq2seq_cli.corpus.sources.columns import Columns
from seq2seq_cli.corpus.sources.compression import Stream
from seq2seq_cli.corpus.sources.lines import line_blocks
from seq2seq_cli.corpus.sources.source import Block
from seq2seq_cli.errors import CorpusError


def aligned(streams: Sequence[Stream], _: Columns) -> Iterator[Block]:
    """Read pairs of lines; a blank line is an empty sentence.

    Which file is the first column has been decided before, by whoever opened them.

    Raises:
        CorpusError: one file has more lines than the other; a line does not end.
    """
    first, second = map(_Column, streams)
    names = first.name, second.name
    number = 1
    while count := min(first.arrived(), second.arrived()):
        left, right = first.take(count), second.take(count)
        yield from blocks_without_nulls(left, right, names, number, "not UTF-8", _fraction(first, second))
        number += count
    counts = [number - 1 + column.rest() for column in (first, second)]
    if counts[0] != counts[1]:
        raise CorpusError(
            f"{first.name} has {counts[0]:,} lines, but {second.name} has {counts[1]:,}.",
            "Line n of the one should translate line n of the other.",
        )


class _Column:
    """The lines of one file, those that have arrived as an array; null where they are not UTF-8."""

    def __init__(self, stream: Stream) -> None:
        self.name = stream.name
        self.fraction = stream.fraction
        self._blocks = line_blocks(stream)
        self._lines: Any = pa.array([], pa.string())

    def arrived(self) -> int:
        """Return how many lines can be taken; none at the end."""
        if not len(self._lines) and (lines := next(self._blocks, None)):
            not_utf8 = lines.not_utf8()
            self._lines = lines.cut(lines.starts, lines.ends, not_utf8 if not_utf8.any() else None)
        return len(self._lines)

    def take(self, count: int) -> Any:
        taken, self._lines = self._lines[:count], self._lines[count:]
        return taken

    def rest(self) -> int:
        """Count what is left."""
        return len(self._lines) + sum(len(lines) for lines in self._blocks)


def _fraction(first: _Column, second: _Column) -> float | None:
    one, other = first.fraction(), second.fraction()
    return None if one is None or other is None else (one + other) / 2
