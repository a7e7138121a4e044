"""Lines of columns with tabs between them, such as 'sentence<tab>sentence'."""

from collections.abc import Iterator, Sequence

import numpy as np

from seq2seq_cli.corpus.sources.blocks import blocks_of
from seq2seq_cli.corpus.sources.columns import Columns, layout, like_source_and_target
from seq2seq_cli.corpus.sources.compression import Stream
from seq2seq_cli.corpus.sources.lines import Flags, Lines, Positions, line_blocks
from seq2seq_cli.corpus.sources.source import Block, Invalid

_TAB = ord("\t")


def tab_separated(streams: Sequence[Stream], columns: Columns) -> Iterator[Block]:
    """Read the first two columns, or those asked for; further ones are passed over, blank lines too.

    The first line is passed over if it names columns that are asked for, or two like source and target.

    Raises:
        CorpusError: a column is not there; a line does not end.
    """
    (stream,) = streams
    places: tuple[int, int] | None = None
    for lines in line_blocks(stream):
        begin = 0
        if places is None:
            first = _first_line(lines)
            if first is None:
                continue
            names = lines.line(first).decode(errors="replace").split("\t")
            places, has_header = layout(columns, names, like_source_and_target(names), stream.name)
            begin = first + has_header
        yield from _blocks(stream, lines, begin, places)


def _first_line(lines: Lines) -> int | None:
    """Return the index of the first line that is not blank."""
    filled = map(int, np.flatnonzero(lines.ends > lines.starts))
    return next((index for index in filled if not _is_blank(lines.line(index))), None)


def _blocks(stream: Stream, lines: Lines, begin: int, places: tuple[int, int]) -> Iterator[Block]:
    """Cut the lines from `begin` on at their tabs."""
    tabs = np.flatnonzero(lines.array() == _TAB)
    before = np.searchsorted(tabs, lines.starts)  # (lines,): how many tabs stand before each line
    inside = np.diff(before, append=len(tabs))  # (lines,): how many stand in it
    not_utf8 = lines.not_utf8()
    good = (inside >= max(places)) & ~not_utf8
    good[:begin] = False
    bounds = np.append(tabs, len(lines.data))

    def cell(column: int) -> tuple[Positions, Positions]:
        starts, ends = lines.starts[good], lines.ends[good]
        after = before[good] + column
        begins = bounds[after - 1] + 1 if column else starts
        return begins, np.where(inside[good] > column, bounds[np.minimum(after, len(tabs))], ends)

    first, second = (lines.cut(*cell(column)) for column in places)
    invalid = _invalid(stream.name, lines, np.flatnonzero(~good[begin:]) + begin, inside, not_utf8)
    yield from blocks_of(first, second, invalid, stream.fraction())


def _invalid(name: str, lines: Lines, bad: Positions, tabs: Positions, not_utf8: Flags) -> Iterator[Invalid]:
    for index in map(int, bad[lines.ends[bad] > lines.starts[bad]]):
        if not_utf8[index]:
            yield Invalid(name, lines.number + index, "not UTF-8")
        elif not _is_blank(lines.line(index)):
            problem = f"only {tabs[index] + 1} columns" if tabs[index] else "no tab"
            yield Invalid(name, lines.number + index, problem)


def _is_blank(line: bytes) -> bool:
    return b"\t" not in line and not line.decode(errors="replace").strip()
