"""The pairs of a data set, read in windows that follow one another, or one by one."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from seq2seq_cli.corpus.dataset import Part
from seq2seq_cli.corpus.sources import Pair

_WINDOW_ROWS = 1 << 15
_WINDOW_BYTES = 16 << 20


def windows(part: Part) -> Iterator[list[pa.RecordBatch]]:
    """Yield all of a part, so many of its chunks at a time that work on whole columns pays."""
    window: list[pa.RecordBatch] = []
    for chunk in _chunks(part):
        window.append(chunk)
        if sum(each.num_rows for each in window) >= _WINDOW_ROWS or (
            sum(each.nbytes for each in window) >= _WINDOW_BYTES
        ):
            yield window
            window = []
    if window:
        yield window


def _chunks(part: Part) -> Iterator[pa.RecordBatch]:
    for path in part.files:
        with pa.OSFile(str(path)) as file:  # read, not mapped: mapped pages would count as ours
            reader = pa.ipc.open_file(file)
            yield from (reader.get_batch(number) for number in range(reader.num_record_batches))


def pairs_at(parts: Sequence[Part], rows: Iterable[int]) -> dict[int, Pair]:
    """Return the texts of some pairs.

    Args:
        parts: all parts.
        rows: which pairs, numbered from 0 through all of the parts.
    """
    wanted = np.unique(np.fromiter(rows, np.int64))
    found: dict[int, Pair] = {}
    start = 0
    for part in parts:
        for chunk in part.blocks():
            first, last = np.searchsorted(wanted, (start, start + chunk.num_rows))
            for row in wanted[first:last].tolist():
                source, target = (chunk.column(side)[row - start].as_py() for side in ("source", "target"))
                found[row] = source, target
            start += chunk.num_rows
    return found
