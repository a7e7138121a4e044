"""Sentences on disk between the passes over them, block by block."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa

from seq2seq_cli.corpus.lists import Lists
from seq2seq_cli.corpus.naming import SIDES
from seq2seq_cli.corpus.prepare.hashing import Hashes
from seq2seq_cli.corpus.prepare.sentences import Sentences

_ROWS = pa.schema(
    [*((side, pa.list_(pa.int32())) for side in SIDES), *((f"{side}_hash", pa.uint64()) for side in SIDES)]
)
_WORDS = pa.schema([("word", pa.string())])


class Spool:
    """Blocks of sentence pairs, written once and then read again and again.

    Args:
        folder: where three files are made: the sentences as numbers of words, and the words of either side.
    """

    def __init__(self, folder: Path) -> None:
        self._rows = folder / "spool"
        self._words = {side: folder / f"spool.{side}" for side in SIDES}
        self._rows_written = 0
        self._writing = ExitStack()
        self._row_writer = self._new_file(self._rows, _ROWS)
        self._word_writers = [self._new_file(path, _WORDS) for path in self._words.values()]

    def _new_file(self, path: Path, schema: pa.Schema) -> pa.RecordBatchFileWriter:
        file = self._writing.enter_context(pa.OSFile(str(path), "wb"))
        return self._writing.enter_context(pa.ipc.new_file(file, schema))

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writing.close()

    def append(self, source: Sentences, target: Sentences) -> None:
        """Add a block."""
        sides = (source, target)
        columns = [*(side.rows.to_arrow() for side in sides), *(pa.array(side.hashes) for side in sides)]
        self._row_writer.write(pa.record_batch(columns, schema=_ROWS))
        self._rows_written += len(source)
        for side, writer in zip(sides, self._word_writers, strict=True):
            writer.write(pa.record_batch([side.words], schema=_WORDS))

    def words(self, side: str) -> Iterator[pa.StringArray]:
        """Yield the words of each block of a side, once the spool has been closed."""
        with _reader(self._words[side]) as reader:
            for number in range(reader.num_record_batches):
                yield reader.get_batch(number).column(0)

    def hashes(self) -> tuple[Hashes, Hashes]:
        """Return the hashes of all sources and of all targets, (pairs,), once the spool has been closed."""
        source, target = np.empty((2, self._rows_written), np.uint64)
        end = 0
        with _reader(self._rows, fields=[2, 3]) as reader:
            for number in range(reader.num_record_batches):
                start, block = end, reader.get_batch(number)
                end += len(block)
                source[start:end], target[start:end] = block.column(0), block.column(1)
        return source, target

    def blocks(self) -> Iterator[tuple[Sentences, Sentences]]:
        """Yield the blocks again, once the spool has been closed."""
        with ExitStack() as stack:
            rows = stack.enter_context(_reader(self._rows, fields=[0, 1]))
            words = [stack.enter_context(_reader(path)) for path in self._words.values()]
            for number in range(rows.num_record_batches):
                columns = rows.get_batch(number).columns
                source, target = (
                    Sentences(side.get_batch(number).column(0), Lists.of_arrow(column))
                    for side, column in zip(words, columns, strict=True)
                )
                yield source, target

    def remove(self) -> None:
        """Remove the files."""
        for path in (self._rows, *self._words.values()):
            path.unlink()


@contextmanager
def _reader(path: Path, fields: list[int] | None = None) -> Iterator[pa.RecordBatchFileReader]:
    """Open a file to be read, not mapped: mapped pages would count as our memory."""
    with pa.OSFile(str(path)) as file:
        yield pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=fields))
