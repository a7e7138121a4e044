"""Pairs become blocks, whatever they were read from."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2seq_cli.corpus.sources.source import Block, Invalid

BLOCK_SIZE = 1 << 22
"""How many characters Python gathers before they become a block."""
MANY_INVALID = 10_000
"""No block has more invalid lines: they cost far more memory than text does."""

_PAIR_OVERHEAD = 100  # a Python string's own size, about


def blocks_of(
    first: pa.StringArray, second: pa.StringArray, invalid: Iterable[Invalid], fraction: float | None
) -> Iterator[Block]:
    """Yield a block of pairs, with what is invalid among them; more if that is much, none if all is empty."""
    faults = iter(invalid)
    some = tuple(islice(faults, MANY_INVALID))
    if len(first) or some:
        yield Block(first, second, invalid=some, fraction=fraction)
    empty = pa.array([], pa.string())
    while some := tuple(islice(faults, MANY_INVALID)):
        yield Block(empty, empty, invalid=some, fraction=fraction)


def blocks_without_nulls(
    first: pa.StringArray,
    second: pa.StringArray,
    files: tuple[str, str],
    number: int,
    problem: str,
    fraction: float | None,
    not_utf8: Collection[int] = (),
) -> Iterator[Block]:
    """Drop the pairs of which a side is null, and call them invalid.

    Args:
        first: one column, (pairs,).
        second: the other, (pairs,).
        files: where each column stands.
        number: the line or record of the first pair.
        problem: what a null means.
        fraction: how much has been read.
        not_utf8: the indices of the nulls that mean just that.
    """
    if not (first.null_count or second.null_count):
        yield from blocks_of(first, second, (), fraction)
        return
    whole = pc.and_(first.is_valid(), second.is_valid())
    places = np.flatnonzero(~whole.to_numpy(zero_copy_only=False))
    invalid = (
        Invalid(
            files[first[index].is_valid],  # the first file, if that is at fault
            number + index,
            "not UTF-8" if index in not_utf8 else problem,
        )
        for index in places.tolist()
    )
    yield from blocks_of(first.filter(whole), second.filter(whole), invalid, fraction)


class Gathering:
    """Pairs of Python strings on their way to a block."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._second: list[str] = []
        self._invalid: list[Invalid] = []
        self._size = 0

    def add(self, first: str, second: str) -> None:
        """Take in a pair."""
        self._first.append(first)
        self._second.append(second)
        self._size += len(first) + len(second) + _PAIR_OVERHEAD

    def reject(self, file: str, line: int, problem: str) -> None:
        """Take in what is no pair."""
        self._invalid.append(Invalid(file, line, problem))

    def is_full(self) -> bool:
        """Tell whether it is time for a block."""
        return self._size > BLOCK_SIZE or len(self._invalid) >= MANY_INVALID

    def blocks(self, fraction: float | None) -> Iterator[Block]:
        """Yield what has been gathered, and begin anew."""
        first, second = (pa.array(column, pa.string()) for column in (self._first, self._second))
        invalid = self._invalid
        self._first, self._second, self._invalid, self._size = [], [], [], 0
        yield from blocks_of(first, second, invalid, fraction)
