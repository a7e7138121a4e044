"""A data set appears whole or not at all, wherever its preparation ends; the old one stays until then."""

import errno
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from seq2seq_cli.corpus.dataset import PARTS, Dataset
from seq2seq_cli.corpus.prepare import Prepared, Progress, Recipe, blocks, prepare
from seq2seq_cli.corpus.sources import Block, Source
from seq2seq_cli.corpus.text import TOKENIZERS, TextPipeline
from seq2seq_cli.errors import CorpusError, DatasetError, OutputError

RECIPE = Recipe(TextPipeline("plain"), TOKENIZERS["word"], 10, split=(0.1, 0.1))

old_or_new = pytest.mark.parametrize("replace", [False, True], ids=["new", "replacing"])


def source_of(rows: int = 40, error: BaseException | None = None) -> Source:
    """A source of a few blocks, which may end in an error."""

    def stream() -> Iterator[Block]:
        for start in range(0, rows, 10):
            first = pa.array([f"source {start + n}" for n in range(10)])
            yield Block(first, pa.array([f"target {start + n}" for n in range(10)]))
        if error:
            raise error

    return Source("memory", stream, lambda: "checksum")


def making(folder: Path, source: Source, replace: bool = False) -> Generator[Progress, None, Prepared]:
    return prepare(source, folder, RECIPE, settings={}, provenance={}, replace=replace)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with an old data set; a test leaves it as it was, and nothing beside it."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 10)
    old = tmp_path / "old"
    list(making(old, source_of(20)))
    before = contents(tmp_path)
    yield tmp_path
    monkeypatch.undo()
    assert contents(tmp_path) == before
    assert list(tmp_path.iterdir()) == [old]
    opened = Dataset(old)
    opened.verify()
    assert sum(len(opened.part(name)) for name in PARTS) == 20


@old_or_new
@pytest.mark.parametrize("error", [CorpusError("cut off"), RuntimeError("a bug"), KeyboardInterrupt()])
def test_an_error_of_the_source_leaves_no_trace(place: Path, error: BaseException, replace: bool) -> None:
    folder = place / ("old" if replace else "new")
    with pytest.raises(type(error)):
        list(making(folder, source_of(error=error), replace))


STEPS = 16  # four blocks are read, counted and written, and four stages begin


def test_the_tests_below_go_through_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 10)
    assert len(list(making(tmp_path / "new", source_of()))) == STEPS


@old_or_new
@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_who_stops_listening_at_any_step_finds_no_trace(place: Path, step: int, replace: bool) -> None:
    progress = making(place / ("old" if replace else "new"), source_of(), replace)
    for _ in range(step):
        next(progress)
    progress.close()


@old_or_new
@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_ctrl_c_at_any_step_leaves_no_trace(place: Path, step: int, replace: bool) -> None:
    progress = making(place / ("old" if replace else "new"), source_of(), replace)
    for _ in range(step):
        next(progress)
    with pytest.raises(KeyboardInterrupt):
        progress.throw(KeyboardInterrupt())


WRITERS: list[tuple[Any, str, int]] = [
    *((pa.ipc, "new_file", calls) for calls in range(4)),
    *((os, "fsync", calls) for calls in (0, 3)),
    (pa, "OSFile", 0),
    (yaml, "safe_dump", 0),
    (Path, "rename", 0),
]


@old_or_new
@pytest.mark.parametrize(("module", "name", "calls"), WRITERS, ids=[f"{name} {n}" for _, name, n in WRITERS])
def test_a_full_disk_is_an_output_error_and_leaves_no_trace(
    place: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, calls: int, replace: bool
) -> None:
    real, left = getattr(module, name), iter(range(calls))

    def failing(*args: Any, **kwargs: Any) -> Any:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*args, **kwargs)

    folder = place / ("old" if replace else "new")
    monkeypatch.setattr(module, name, failing)
    with pytest.raises(OutputError, match=f"Cannot write .*{folder.name}.*No space left on device"):
        list(making(folder, source_of(), replace))


@old_or_new
@pytest.mark.parametrize("limit", [0, 1_000, 10_000, 20_000])
def test_a_file_that_cannot_grow_is_an_output_error_and_leaves_no_trace(
    place: Path, limit: int, replace: bool
) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    folder = place / ("old" if replace else "new")
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        with pytest.raises(OutputError, match=f"Cannot write .*{folder.name}"):
            list(making(folder, source_of(2_000), replace))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@old_or_new
def test_what_stands_in_the_way_is_told_before_anything_is_read(place: Path, replace: bool) -> None:
    def unread() -> Iterator[Block]:
        raise AssertionError("the source was opened")

    folder = place if replace else place / "old"  # `place` itself is no data set
    message = "not a prepared data set" if replace else "already exists"
    with pytest.raises(DatasetError, match=message):
        list(making(folder, Source("memory", unread, lambda: "checksum"), replace))


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(OutputError, match="Cannot write"):
        list(making(tmp_path / "file" / "data", source_of()))
    assert contents(tmp_path) == {"file": b"kept"}


def test_when_all_goes_well_the_old_data_set_gives_way_with_all_that_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    list(making(folder, source_of(20)))
    (folder / "notes.txt").write_text("of the old one")
    list(making(folder, source_of(50), replace=True))
    assert sum(len(Dataset(folder).part(name)) for name in PARTS) == 50
    assert not (folder / "notes.txt").exists()
    assert list(tmp_path.iterdir()) == [folder]
