"""What every source gives: blocks of sentence pairs, in columns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

Pair = tuple[str, str]
"""Two sentences that mean the same."""


@dataclass(frozen=True)
class Invalid:
    """A line, or a record, that is no pair of sentences."""

    file: str
    line: int  # or the number of the record; from 1
    problem: str  # "no tab", "not UTF-8", ...

    def __str__(self) -> str:
        return f"{self.file}, line {self.line:,}: {self.problem}"


@dataclass(frozen=True)
class Block:
    """Some sentence pairs of a source, one after the other, as they stand there.

    Attributes:
        first: the sentences of the first column, pa.string(), none of them null.
        second: those of the second column, as many.
        part: train, valid or test, where the source says which; else None.
        invalid: what had to be passed over on the way.
        fraction: how much of the source has been read, from 0 to 1; None where its end is not known.
    """

    first: pa.StringArray
    second: pa.StringArray
    part: str | None = None
    invalid: tuple[Invalid, ...] = ()
    fraction: float | None = None

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.first)


@dataclass(frozen=True)
class Source:
    """A stream of sentence pairs.

    Attributes:
        name: what the user calls it.
        blocks: opens the stream; standard input can be opened only once.
        checksum: SHA-256 over the bytes of its files; of standard input, known when it has been read.
    """

    name: str
    blocks: Callable[[], Iterator[Block]]
    checksum: Callable[[], str]
