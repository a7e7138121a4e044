"""A prepared data set on disk: written once, memory-mapped ever after.

    data/<name>/
        data.yaml       settings, counts, provenance, checksums
        source.vocab    target.vocab
        source.subwords target.subwords     what the tokenizer has learnt, if it learns
        train.arrow     valid.arrow     test.arrow

An .arrow file (Arrow IPC) has the columns source and target (normalised text), source_ids and target_ids
(lists of int32, each ending in <eos>). A large part lies in several: train-1.arrow, train-2.arrow, ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import yaml

from seq2seq_cli.corpus.lists import Integers
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import DatasetError, OutputError
from seq2seq_cli.files import read_saved_yaml, sha256

if TYPE_CHECKING:  # whoever reads prepared data needs none of what reads other files
    from seq2seq_cli.corpus.sources import Pair

PARTS = ("train", "valid", "test")
FORMAT = 2
SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("target", pa.string()),
        ("source_ids", pa.list_(pa.int32())),
        ("target_ids", pa.list_(pa.int32())),
    ]
)
_CHECKED_AT_ONCE = 64 << 20  # bytes; larger files are checked by their size, and whole by verify()
_AGAIN = "Prepare the data again (--force)."


@dataclass(frozen=True)
class Part:
    """One part of a data set, in chunks of a few thousand pairs; nothing is read before it is asked for.

    Attributes:
        name: train, valid or test.
        files: its Arrow files, in order.
    """

    name: str
    files: tuple[Path, ...]

    def __len__(self) -> int:
        """Return the number of sentence pairs."""
        return sum(self.chunk_rows)

    def not_empty(self) -> Part:
        """Return the part itself.

        Raises:
            DatasetError: it holds no pair.
        """
        if not len(self):
            raise DatasetError(f"The {self.name} part is empty.", "Give it a share in data.split.")
        return self

    @cached_property
    def chunk_rows(self) -> tuple[int, ...]:
        """How many pairs each chunk has, in order."""
        return tuple(rows for _, _, rows in self._chunks)

    @cached_property
    def _chunks(self) -> list[tuple[Path, int, int]]:
        """Where each chunk lies: the file, its number there, its rows."""
        found = []
        for file in self.files:
            with _reader(file) as reader:
                numbers = range(reader.num_record_batches)
                found += [(file, number, reader.get_batch(number).num_rows) for number in numbers]
        return found

    def _batches(self, chunks: Sequence[int]) -> Iterator[pa.RecordBatch]:
        """Yield chunks; each stays mapped as long as somebody holds it."""
        wanted = [self._chunks[chunk] for chunk in chunks]
        for file, group in groupby(wanted, key=lambda place: place[0]):
            with _reader(file) as reader:
                yield from (reader.get_batch(number) for _, number, _ in group)

    def ids(self, chunks: Sequence[int]) -> tuple[pa.ListArray, pa.ListArray]:
        """Return the source and the target ids of some chunks, an array each; sentences end in <eos>."""
        batches = list(self._batches(chunks))
        source, target = ([batch.column(name) for batch in batches] for name in ("source_ids", "target_ids"))
        return pa.concat_arrays(source), pa.concat_arrays(target)

    def lengths(self, chunks: Sequence[int]) -> tuple[Integers, Integers]:
        """Return the lengths of the sources and targets of some chunks, <eos> counted; reads no ids."""
        source, target = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
        for batch in self._batches(chunks):
            source.append(np.diff(batch.column("source_ids").offsets.to_numpy()))
            target.append(np.diff(batch.column("target_ids").offsets.to_numpy()))
        return np.concatenate(source), np.concatenate(target)

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """Yield all of the part, chunk by chunk."""
        return self._batches(range(len(self._chunks)))

    def texts(self) -> Iterator[Pair]:
        """Yield sources and targets as text."""
        for block in self.blocks():
            yield from zip(
                block.column("source").to_pylist(), block.column("target").to_pylist(), strict=True
            )


class Dataset:
    """A folder of prepared data.

    Args:
        folder: what prepare made.

    Raises:
        DatasetError: there is none, or it is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metadata = _read_metadata(folder)
        for name in self.metadata["files"]:
            self._check(name)
        self.source_vocabulary = Vocabulary.load(folder / "source.vocab")
        self.target_vocabulary = Vocabulary.load(folder / "target.vocab")

    @property
    def settings(self) -> dict[str, Any]:
        """The `data` section of the config that it was prepared with."""
        settings: dict[str, Any] = self.metadata["settings"]
        return settings

    @property
    def needed_to_translate(self) -> list[str]:
        """The files that a model needs beside its parameters: all but the sentences."""
        return ["data.yaml", *(name for name in self.metadata["files"] if not name.endswith(".arrow"))]

    def part(self, name: str) -> Part:
        """Open one of the parts train, valid and test.

        Raises:
            DatasetError: there is no such part, or a file of it is damaged.
        """
        if name not in PARTS:
            raise DatasetError(f"There is no part {name!r}.", f"Choose from: {', '.join(PARTS)}.")
        files = tuple(self.folder / file for file in self.metadata["parts"][name])
        part = Part(name, files)
        try:
            len(part)
        except (OSError, pa.ArrowException) as error:
            raise DatasetError(
                f"The {name} part in {self.folder} cannot be read: {error}.", _AGAIN
            ) from error
        return part

    def verify(self) -> None:
        """Compare every file with its checksum, the large ones too.

        Raises:
            DatasetError: one is not as it was written.
        """
        for name in self.metadata["files"]:
            self._check(name, whole=True)

    def _check(self, name: str, whole: bool = False) -> None:
        path = self.folder / name
        written = self.metadata["files"][name]
        try:
            size = path.stat().st_size
            same = size == written["bytes"] and (
                (size > _CHECKED_AT_ONCE and not whole) or sha256(path) == written["sha256"]
            )
        except OSError as error:
            raise DatasetError(f"Cannot read {path}: {error.strerror}.", _AGAIN) from error
        if not same:
            edited = f" To use words that you edited: --set data.vocabulary={self.folder} --out elsewhere."
            hint = _AGAIN + edited * (path.suffix == ".vocab")
            raise DatasetError(f"{path} is damaged: it is not as it was written.", hint)


def check_free(folder: Path, replace: bool) -> None:
    """Make sure that a data set may be written to a folder.

    Raises:
        DatasetError: something stands there that may not, or must not, be replaced.
        OutputError: one cannot even look there.
    """
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in str(folder)):
        raise DatasetError(
            f"{str(folder)!r} can be no name of a data set: it is no text.", "Choose another --out."
        )
    try:
        exists, is_data_set = folder.exists(), (folder / "data.yaml").is_file()
    except OSError as error:
        raise OutputError(f"Cannot write {folder}: {error.strerror}.", "Choose another --out.") from error
    if exists and not replace:
        raise DatasetError(f"{folder} already exists.", "Replace it with --force, or choose another --out.")
    if exists and not is_data_set:
        raise DatasetError(
            f"{folder} is not a prepared data set: --force does not replace it.", "Choose another --out."
        )


def write_metadata(
    folder: Path,
    parts: dict[str, list[str]],
    *,
    counts: dict[str, Any],
    settings: dict[str, Any],
    provenance: dict[str, Any],
) -> dict[str, Any]:
    """Write data.yaml, the last file of a data set.

    Args:
        folder: where all the other files are.
        parts: the names of the Arrow files of each part.
        counts: what was read, dropped and kept.
        settings: the config's `data` section.
        provenance: where the pairs came from.
    """
    files = {
        file.name: {"bytes": file.stat().st_size, "sha256": sha256(file)} for file in sorted(folder.iterdir())
    }
    metadata = {
        "format": FORMAT,
        "provenance": provenance,
        "counts": counts,
        "settings": settings,
        "parts": parts,
        "files": files,
    }
    text = yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True)
    (folder / "data.yaml").write_text(text, encoding="utf-8")
    return metadata


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
    for key in ("provenance", "counts", "settings", "parts", "files"):
        if not isinstance(metadata.get(key), dict):
            raise DatasetError(f"{path} lacks {key}.", _AGAIN)
    if not _files_are_told(metadata["parts"], metadata["files"]):
        raise DatasetError(f"{path} does not tell the files of every part, and their checksums.", _AGAIN)
    return metadata


def _files_are_told(parts: dict[Any, Any], files: dict[Any, Any]) -> bool:
    return all(
        isinstance(name, str)
        and Path(name).name == name  # data sets are passed on: none may reach out of its folder
        and isinstance(written, dict)
        and {"bytes", "sha256"} <= written.keys()
        for name, written in files.items()
    ) and all(isinstance(parts.get(part), list) and all(map([*files].count, parts[part])) for part in PARTS)


@contextmanager
def _reader(file: Path) -> Iterator[pa.RecordBatchFileReader]:
    with pa.memory_map(str(file)) as mapped, pa.ipc.open_file(mapped) as reader:
        yield reader
