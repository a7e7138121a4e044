"""Comma-separated values: cells that may be quoted, and then hold commas and line ends."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from seq2seq_cli.corpus.sources.blocks import Gathering
from seq2seq_cli.corpus.sources.columns import Columns, layout, like_languages, like_source_and_target
from seq2seq_cli.corpus.sources.compression import Stream
from seq2seq_cli.corpus.sources.lines import LONGEST_LINE, is_utf8, numbered_lines
from seq2seq_cli.corpus.sources.source import Block
from seq2seq_cli.errors import CorpusError

_QUOTED = re.compile(r'"[^"]*"?')
_NUL, _STAND_IN = "\0", "\udc00"  # the csv module of Python 3.10 refuses NUL; UTF-8 has no surrogates


def comma_separated(streams: Sequence[Stream], columns: Columns) -> Iterator[Block]:
    """Read the first two columns, or those asked for or known by a header; blank lines are passed over.

    Semicolons separate cells where the first line has some, and no commas.

    Raises:
        CorpusError: a column is not there; a quote or a line does not end.
    """
    (stream,) = streams
    csv.field_size_limit(max(LONGEST_LINE, csv.field_size_limit()))
    lines = _Lines(stream)
    start = next((line for line in lines if line.strip()), "")
    if not start:
        return
    plain = _QUOTED.sub("", start)
    delimiter, separator = (";", "semicolon") if ";" in plain and "," not in plain else (",", "comma")
    skipped = lines.number - 1
    reader = csv.reader(chain([start], lines), delimiter=delimiter)
    gathering = Gathering()
    places: tuple[int, int] | None = None
    for line, cells in _records(stream.name, reader):
        number = skipped + line
        if lines.ended:
            raise CorpusError(f"{stream.name}, line {number:,}: a quote is opened here and never closed.")
        not_utf8, lines.not_utf8 = lines.not_utf8, 0
        if not_utf8:
            gathering.reject(stream.name, not_utf8, "not UTF-8")
        elif cells is None:
            gathering.reject(stream.name, number, "a carriage return in a cell without quotes")
        elif len(cells) > 1 or "".join(cells).strip():
            if places is None:
                like = like_source_and_target(cells) or like_languages(cells)
                places, has_header = layout(columns, cells, like, stream.name)
                if has_header:
                    continue
            if len(cells) > max(places):
                first, second = (cells[index].replace(_STAND_IN, _NUL) for index in places)
                gathering.add(first, second)
            else:
                problem = f"only {len(cells)} columns" if len(cells) > 1 else f"no {separator}"
                gathering.reject(stream.name, number, problem)
        if gathering.is_full():
            yield from gathering.blocks(stream.fraction())
    yield from gathering.blocks(stream.fraction())


class _Lines:
    """Lines of text for a reader.

    Attributes:
        number: the number of the last line given.
        not_utf8: the first line that was not UTF-8 since this was last set to 0.
        ended: whether the reader wanted more lines than there are.
    """

    def __init__(self, stream: Stream) -> None:
        self._lines = numbered_lines(stream)
        self.number = 0
        self.not_utf8 = 0
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            self.number, line = next(self._lines)
        except StopIteration:
            self.ended = True
            raise
        if not is_utf8(line):
            self.not_utf8 = self.not_utf8 or self.number
        return line.decode(errors="replace").replace(_NUL, _STAND_IN) + "\n"


def _records(name: str, reader: Any) -> Iterator[tuple[int, list[str] | None]]:
    """Yield the line on which each record begins, and its cells; None where they cannot be told apart."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "limit" in str(error):
                raise CorpusError(
                    f"{name}, line {line:,}: a cell has no end; is a quote too many?"
                ) from error
            yield line, None
        else:
            yield line, cells
