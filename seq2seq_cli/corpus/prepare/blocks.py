"""Blocks of one size, however large the pieces are that a source's format comes in."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2seq_cli.corpus.sources import Block, Invalid

BLOCK_ROWS = 1 << 15
_BLOCK_BYTES = 64 << 20


def even_blocks(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the same pairs in blocks of BLOCK_ROWS, less where a part ends or sentences are huge.

    So the data set that comes of them does not depend on the format that the pairs were in.
    """
    first, second = pa.array([], pa.string()), pa.array([], pa.string())
    part: str | None = None
    invalid: list[Invalid] = []
    fraction: float | None = 0.0
    for block in blocks:
        if block.part != part and len(first):
            yield Block(first, second, part, tuple(invalid), fraction)
            first, second, invalid = first[:0], second[:0], []
        part, fraction = block.part, block.fraction
        first = pa.concat_arrays([first, block.first])
        second = pa.concat_arrays([second, block.second])
        invalid += block.invalid
        if len(invalid) >= BLOCK_ROWS:  # a file of nothing else must not fill the memory
            yield Block(first[:0], second[:0], part, tuple(invalid), fraction)
            invalid = []
        while (rows := _rows_of_a_block(first, second)) is not None:
            yield Block(first[:rows], second[:rows], part, tuple(invalid), fraction)
            first, second, invalid = first[rows:], second[rows:], []
    if len(first) or invalid:
        yield Block(first, second, part, tuple(invalid), fraction)


def _rows_of_a_block(first: pa.StringArray, second: pa.StringArray) -> int | None:
    """Return how many rows make a block, or None while there are too few."""
    if first.nbytes + second.nbytes > _BLOCK_BYTES:
        sizes = np.add(
            pc.binary_length(first).to_numpy(), pc.binary_length(second).to_numpy(), dtype=np.int64
        )
        fitting = int(np.searchsorted(np.cumsum(sizes), _BLOCK_BYTES, side="right"))
        if fitting < len(first):
            return min(max(fitting, 1), BLOCK_ROWS)
    return BLOCK_ROWS if len(first) >= BLOCK_ROWS else None
