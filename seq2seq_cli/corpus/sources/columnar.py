"""Tables in columns: Parquet files, and Arrow's IPC files and streams (Feather)."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2seq_cli.corpus.sources.blocks import BLOCK_SIZE, blocks_without_nulls
from seq2seq_cli.corpus.sources.columns import NESTED, Columns, choose
from seq2seq_cli.corpus.sources.compression import Stream
from seq2seq_cli.corpus.sources.lines import LONGEST_LINE, is_utf8, is_valid
from seq2seq_cli.corpus.sources.source import Block
from seq2seq_cli.errors import CorpusError

ARROW_FILE = b"ARROW1"
"""How an IPC file begins, unlike an IPC stream."""

_DAMAGED = (pa.ArrowException, OSError, ValueError, MemoryError, EOFError)
_BYTES_OF = {
    pa.string(): pa.binary(),
    pa.large_string(): pa.large_binary(),
    pa.string_view(): pa.binary_view(),
}
_READ_BYTES = 1 << 20
_MOST_ROWS = 1 << 16


def parquet(streams: Sequence[Stream], columns: Columns) -> Iterator[Block]:
    """Read two columns of text of a Parquet file.

    Raises:
        CorpusError: the file is damaged, or lacks such columns.
    """
    (stream,) = streams
    with _on_disk(stream) as path:
        yield from _blocks(stream.name, _parquet_tables(stream.name, path, columns))


def arrow(streams: Sequence[Stream], columns: Columns) -> Iterator[Block]:
    """Read two columns of text of an Arrow IPC file or stream.

    Raises:
        CorpusError: the file is damaged, or lacks such columns.
    """
    (stream,) = streams
    with _on_disk(stream) as path:
        is_file = stream.head.startswith(ARROW_FILE)
        yield from _blocks(stream.name, _arrow_tables(stream.name, path, columns, is_file))


@dataclass(frozen=True)
class _Table:
    """Some rows: their two columns as they lie there, and how much has been read with them."""

    columns: tuple[Any, Any]
    fraction: float


@dataclass(frozen=True)
class _Fields:
    """The names of two columns of text, which may lie in the struct NESTED."""

    nested: bool
    names: tuple[str, str]

    @classmethod
    def of(cls, schema: Any, columns: Columns, where: str) -> "_Fields":
        """Choose among the columns of a file."""
        nested = NESTED in schema.names and pa.types.is_struct(schema.field(NESTED).type)
        nested = nested and not (columns and all(name in schema.names for name in columns))
        types = {field.name: field.type for field in (schema.field(NESTED).type if nested else schema)}
        names = [name for name, kind in types.items() if columns or _is_text(kind)]
        if columns is None and len(names) < 2:
            found = ", ".join(f"{name} ({kind})" for name, kind in [*types.items()][:10]) or "nothing"
            raise CorpusError(f"{where} has no two columns of text; it has {found}.")
        first, second = (names[index] for index in choose(columns, names, where))
        for name in (first, second):
            if not _is_text(types[name]):
                raise CorpusError(f"{where}: the column {name!r} holds {types[name]}, not text.")
        return cls(nested, (first, second))

    def paths(self) -> list[str]:
        """Return what a Parquet file calls them."""
        return [f"{NESTED}.{name}" if self.nested else name for name in self.names]

    def places(self, schema: Any) -> list[int]:
        """Return where they stand among the columns of a file."""
        return [schema.names.index(NESTED if self.nested else name) for name in self.names]

    def table(self, batch: Any, fraction: float) -> _Table:
        """Take them out of a record batch."""
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        if self.nested:
            struct = columns[NESTED]
            struct.validate()
            columns = dict(zip((field.name for field in struct.type), struct.flatten(), strict=True))
        first, second = (columns[name] for name in self.names)
        return _Table((first, second), fraction)


def _parquet_tables(where: str, path: Path, columns: Columns) -> Iterator[_Table]:
    how = {"pre_buffer": False, "buffer_size": _READ_BYTES}
    with _bytes_of(path) as bytes_, pq.ParquetFile(bytes_, **how) as file:
        fields = _Fields.of(file.schema_arrow, columns, where)
        metadata, done = file.metadata, 0
        size = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
        rows = min(_MOST_ROWS, max(1, BLOCK_SIZE * metadata.num_rows // max(1, size)))
        for batch in file.iter_batches(rows, columns=fields.paths(), use_threads=False):
            done += batch.num_rows
            yield fields.table(batch, min(1.0, done / max(1, metadata.num_rows)))
        if done != metadata.num_rows:
            raise _damaged(where, ValueError(f"it holds {done:,} of {metadata.num_rows:,} rows"))


def _arrow_tables(where: str, path: Path, columns: Columns, is_file: bool) -> Iterator[_Table]:
    with _bytes_of(path) as bytes_:
        open_ = pa.ipc.open_file if is_file else pa.ipc.open_stream
        schema = open_(bytes_).schema
        fields = _Fields.of(schema, columns, where)
        bytes_.seek(0)
        reader = open_(bytes_, options=pa.ipc.IpcReadOptions(included_fields=fields.places(schema)))
        if is_file:
            count = reader.num_record_batches
            for index in range(count):
                yield fields.table(reader.get_batch(index), (index + 1) / count)
        else:
            batch = next(reader, None)
            while batch is not None:
                following = next(reader, None)
                yield fields.table(batch, bytes_.tell() / bytes_.size() if following is not None else 1.0)
                batch = following


def _bytes_of(path: Path) -> Any:
    """Open a file to be read, not mapped: who reads a mapped file that shrinks is killed."""
    return pa.OSFile(os.fsencode(path))  # bytes, for Arrow refuses names that are not UTF-8


def _blocks(name: str, tables: Iterator[_Table]) -> Iterator[Block]:
    number = 1
    while table := _next(name, tables):
        rows = len(table.columns[0])
        size = max(column.get_total_buffer_size() for column in table.columns)
        step = max(1, BLOCK_SIZE * rows // max(1, size))
        for start in range(0, rows, step):
            bad: set[int] = set()
            first, second = (_text(name, column[start : start + step], bad) for column in table.columns)
            files = name, name
            yield from blocks_without_nulls(first, second, files, number + start, "null", table.fraction, bad)
        number += rows


def _next(name: str, tables: Iterator[_Table]) -> _Table | None:
    try:
        return next(tables, None)
    except _DAMAGED as error:
        raise _damaged(name, error) from error


def _text(name: str, column: Any, bad: set[int]) -> Any:
    """Return a column as pa.string(), null where it is not UTF-8; add the places of that to `bad`."""
    try:
        if not is_valid(column):
            binary = column if pa.types.is_dictionary(column.type) else column.view(_BYTES_OF[column.type])
            binary.validate(full=True)  # so that only UTF-8 is wrong; to touch anything else could crash
            texts = binary.to_pylist()
            bad.update(index for index, text in enumerate(texts) if text is not None and not is_utf8(text))
            column = pa.array(
                [None if index in bad else text for index, text in enumerate(texts)], pa.binary()
            )
        column = column.cast(pa.string())
    except _DAMAGED as error:
        raise _damaged(name, error) from error
    if (pc.max(pc.binary_length(column)).as_py() or 0) > LONGEST_LINE:
        raise CorpusError(f"{name} has a text of more than {LONGEST_LINE >> 20} MB: is that a sentence?")
    return column


def _damaged(name: str, error: BaseException) -> CorpusError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return CorpusError(f"{name} is cut off or damaged: {reason.rstrip('.')}.", "Fetch it again.")


def _is_text(kind: Any) -> bool:
    types = pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


@contextmanager
def _on_disk(stream: Stream) -> Iterator[Path]:
    """Yield a path where the bytes of a stream lie, if need be in a copy: tables are not read in order."""
    if stream.path:
        yield stream.path
        return
    with tempfile.TemporaryDirectory(prefix="s2s-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "copy"
        try:
            with path.open("wb") as copy:
                while chunk := stream.read(_READ_BYTES):
                    copy.write(chunk)
        except OSError as error:
            raise CorpusError(f"Cannot unpack {stream.name} into {path}: {error.strerror}.") from error
        yield path
