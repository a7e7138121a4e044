"""The Arrow files of one part, written in a stream."""

from itertools import pairwise
from pathlib import Path
from types import TracebackType

import pyarrow as pa

from seq2seq_cli.corpus.dataset import SCHEMA

_CHUNK_ROWS = 4096
_SHARD_ROWS = 1 << 22


class PartWriter:
    """Writes a part in chunks of a few thousand pairs, into several files where it is large.

    Args:
        folder: where the files are to be.
        name: train, valid or test.
        rows: how many pairs there will be.

    Attributes:
        files: the names of the files that were begun.
    """

    def __init__(self, folder: Path, name: str, rows: int) -> None:
        self.folder = folder
        self.name = name
        self.sharded = rows > _SHARD_ROWS
        self.files: list[str] = []
        self._begin_file()

    def __enter__(self) -> "PartWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_file()

    def write(self, pairs: pa.RecordBatch) -> None:
        """Add pairs."""
        pieces = -(-pairs.num_rows // _CHUNK_ROWS)
        bounds = [pairs.num_rows * piece // pieces for piece in range(pieces + 1)] if pieces else []
        for start, stop in pairwise(bounds):
            if self.rows >= _SHARD_ROWS:
                self._end_file()
                self._begin_file()
            self._writer.write(pairs.slice(start, stop - start))
            self.rows += stop - start

    def _begin_file(self) -> None:
        suffix = f"-{len(self.files) + 1}" if self.sharded else ""
        self.files.append(f"{self.name}{suffix}.arrow")
        self.rows = 0
        self._file = pa.OSFile(str(self.folder / self.files[-1]), "wb")
        self._writer = pa.ipc.new_file(self._file, SCHEMA)

    def _end_file(self) -> None:
        try:
            self._writer.close()
        finally:
            self._file.close()  # Arrow leaves it open, and Windows renames no folder of open files
