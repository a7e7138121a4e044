"""The files of a part: every pair once, in order, in chunks and shards of moderate size."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.dataset import SCHEMA, Part
from seq2seq_cli.corpus.prepare import writing
from seq2seq_cli.corpus.prepare.writing import PartWriter


def batch(start: int, rows: int) -> pa.RecordBatch:
    numbers = range(start, start + rows)
    texts = [f"source {n}" for n in numbers], [f"target {n}" for n in numbers]
    ids = [[n, 2] for n in numbers]
    return pa.record_batch([*texts, ids, ids], schema=SCHEMA)


def written(folder: Path, name: str, batches: list[int], rows: int | None = None) -> Part:
    total = sum(batches)
    with PartWriter(folder, name, total if rows is None else rows) as writer:
        start = 0
        for size in batches:
            writer.write(batch(start, size))
            start += size
    return Part(name, tuple(folder / file for file in writer.files))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(batches=st.lists(st.integers(0, 25), max_size=6), chunk=st.integers(1, 9), shard=st.integers(1, 30))
def test_pairs_come_back_in_order_from_chunks_and_shards_of_moderate_size(
    tmp_path_factory: pytest.TempPathFactory, batches: list[int], chunk: int, shard: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "_CHUNK_ROWS", chunk)
        patch.setattr(writing, "_SHARD_ROWS", shard)
        part = written(tmp_path_factory.getbasetemp(), "train", batches)
    total = sum(batches)
    assert list(part.texts()) == [(f"source {n}", f"target {n}") for n in range(total)]
    assert all(0 < rows <= chunk for rows in part.chunk_rows)
    sizes = [len(Part("shard", (file,))) for file in part.files]
    assert all(shard <= size < shard + chunk for size in sizes[:-1])
    assert sizes[-1] < shard + chunk
    names = [file.name for file in part.files]
    numbered = [f"train-{n}.arrow" for n in range(1, len(names) + 1)]
    assert names == (numbered if total > shard else ["train.arrow"])


def test_the_chunks_of_a_batch_are_of_like_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_CHUNK_ROWS", 10)
    assert written(tmp_path, "train", [21, 10, 0, 1]).chunk_rows == (7, 7, 7, 10, 1)


def test_a_part_of_no_pairs_is_a_file_of_no_chunks(tmp_path: Path) -> None:
    for batches in ([], [0, 0]):
        part = written(tmp_path, "valid", batches)
        assert [file.name for file in part.files] == ["valid.arrow"]
        assert part.chunk_rows == ()
        with pa.ipc.open_file(part.files[0]) as reader:
            assert reader.schema == SCHEMA


def test_the_file_is_closed_after_an_error_too(tmp_path: Path) -> None:
    def interrupted() -> None:
        with PartWriter(tmp_path, "test", 3) as writer:
            writer.write(batch(0, 3))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(Part("test", (tmp_path / "test.arrow",))) == 3
