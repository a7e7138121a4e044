"""A prepared data set on disk: written once, memory-mapped ever after.

    data/<name>/
        data.yaml       settings, counts, provenance, checksums
        source.vocab    target.vocab
        train.arrow     valid.arrow     test.arrow

An .arrow file (Arrow IPC) has the columns source and target (text, tokens joined), source_ids and
target_ids (lists of int32, each ending in <eos>).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from seq2seq_cli.corpus.prepare import PARTS, Prepared, TokenPair
from seq2seq_cli.corpus.sources import Pair
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import DatasetError
from seq2seq_cli.files import new_folder, read_saved_yaml, sha256

FORMAT = 1
_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("target", pa.string()),
        ("source_ids", pa.list_(pa.int32())),
        ("target_ids", pa.list_(pa.int32())),
    ]
)
_ROWS_A_BLOCK = 65536
_AGAIN = "Prepare the data again (--force)."


@dataclass(frozen=True)
class Part:
    """One part of a data set; columns lie in the file and are read where they are touched."""

    name: str
    table: pa.Table

    def __len__(self) -> int:
        """Return the number of sentence pairs."""
        return int(self.table.num_rows)

    def not_empty(self) -> "Part":
        """Return the part itself.

        Raises:
            DatasetError: it holds no pair.
        """
        if not len(self):
            raise DatasetError(f"The {self.name} part is empty.", "Give it a share in data.split.")
        return self

    @cached_property
    def source_ids(self) -> pa.ListArray:
        """Token indices of the sources, each ending in <eos>."""
        return _one_chunk(self.table.column("source_ids"))

    @cached_property
    def target_ids(self) -> pa.ListArray:
        """Token indices of the targets, each ending in <eos>."""
        return _one_chunk(self.table.column("target_ids"))

    def texts(self) -> Iterator[Pair]:
        """Yield sources and targets as text."""
        for block in self.table.select(["source", "target"]).to_batches():
            yield from zip(block.column(0).to_pylist(), block.column(1).to_pylist(), strict=True)


class Dataset:
    """A folder of prepared data.

    Args:
        folder: what write_dataset made.

    Raises:
        DatasetError: there is none, or it is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metadata = _read_metadata(folder)
        self.source_vocabulary = Vocabulary.load(self._check("source.vocab"))
        self.target_vocabulary = Vocabulary.load(self._check("target.vocab"))

    @property
    def settings(self) -> dict[str, Any]:
        """The `data` section of the config that it was prepared with."""
        settings: dict[str, Any] = self.metadata["settings"]
        return settings

    def part(self, name: str) -> Part:
        """Open one of the parts train, valid and test.

        Raises:
            DatasetError: there is no such part, or its file is damaged.
        """
        if name not in PARTS:
            raise DatasetError(f"There is no part {name!r}.", f"Choose from: {', '.join(PARTS)}.")
        path = self._check(f"{name}.arrow")
        try:
            table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        except (OSError, pa.ArrowException) as error:
            raise DatasetError(f"{path} cannot be read: {error}.", _AGAIN) from error
        return Part(name, table)

    def _check(self, name: str) -> Path:
        """Return the path of a file that is as it was written."""
        path = self.folder / name
        try:
            if sha256(path) == self.metadata["checksums"].get(name):
                return path
        except OSError as error:
            raise DatasetError(f"Cannot read {path}: {error.strerror}.", _AGAIN) from error
        raise DatasetError(f"{path} is damaged: it is not as it was written.", _AGAIN)


def write_dataset(
    folder: Path,
    prepared: Prepared,
    pipeline: TextPipeline,
    *,
    settings: dict[str, Any],
    provenance: dict[str, Any],
    replace: bool = False,
) -> Dataset:
    """Write a data set; it appears whole or not at all.

    Args:
        folder: where.
        prepared: what.
        pipeline: joins tokens to text.
        settings: the config's `data` section.
        provenance: where the pairs came from.
        replace: whether a data set that already stands there gives way.

    Raises:
        DatasetError: something stands there already.
        OutputError: the disk is full, or the folder not ours to write.
    """
    check_free(folder, replace)
    with new_folder(folder, replacing=replace) as temporary:
        prepared.source_vocabulary.save(temporary / "source.vocab")
        prepared.target_vocabulary.save(temporary / "target.vocab")
        for name, pairs in prepared.parts.items():
            _write_part(temporary / f"{name}.arrow", pairs, prepared, pipeline)
        report = prepared.report
        metadata = {
            "format": FORMAT,
            "provenance": provenance,
            "counts": {
                "read": report.read,
                "dropped": dict(report.dropped),
                "groups": report.groups,
                **{name: len(pairs) for name, pairs in prepared.parts.items()},
            },
            "settings": settings,
            "checksums": {file.name: sha256(file) for file in sorted(temporary.iterdir())},
        }
        text = yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True)
        (temporary / "data.yaml").write_text(text, encoding="utf-8")
    return Dataset(folder)


def check_free(folder: Path, replace: bool) -> None:
    """Make sure that a data set may be written to a folder.

    Raises:
        DatasetError: something stands there that may not, or must not, be replaced.
    """
    if not folder.exists():
        return
    if not replace:
        raise DatasetError(f"{folder} already exists.", "Replace it with --force, or choose another --out.")
    if not (folder / "data.yaml").is_file():
        raise DatasetError(
            f"{folder} is not a prepared data set: --force does not replace it.", "Choose another --out."
        )


def _write_part(path: Path, pairs: Sequence[TokenPair], prepared: Prepared, pipeline: TextPipeline) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, _SCHEMA) as writer:
        for start in range(0, len(pairs), _ROWS_A_BLOCK):
            block = pairs[start : start + _ROWS_A_BLOCK]
            columns = [
                [pipeline.text(source) for source, _ in block],
                [pipeline.text(target) for _, target in block],
                [prepared.source_vocabulary.indices(source) for source, _ in block],
                [prepared.target_vocabulary.indices(target) for _, target in block],
            ]
            writer.write(pa.record_batch(columns, schema=_SCHEMA))


def _read_metadata(folder: Path) -> dict[str, Any]:
    path = folder / "data.yaml"
    if not path.exists():
        raise DatasetError(f"There are no prepared data in {folder}.", "Prepare them: s2s prepare-data.")
    try:
        metadata = read_saved_yaml(path)
    except ValueError as error:
        raise DatasetError(f"Cannot read {path}: {error}.", _AGAIN) from error
    if metadata.get("format") != FORMAT:
        raise DatasetError(f"{path} is not of format {FORMAT}.", _AGAIN)
    for key in ("settings", "counts", "checksums"):
        if not isinstance(metadata.get(key), dict):
            raise DatasetError(f"{path} lacks {key}.", _AGAIN)
    return metadata


def _one_chunk(column: pa.ChunkedArray) -> pa.ListArray:
    """Return a column in one piece: the piece in the file where there is only one, else a copy."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
