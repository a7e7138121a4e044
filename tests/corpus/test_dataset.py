"""A prepared data set on disk: what was written is read again, and damage is told, not met."""

import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus import dataset
from seq2seq_cli.corpus.dataset import PARTS, SCHEMA, Dataset, Part, check_free, write_metadata
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import DatasetError, OutputError
from seq2seq_cli.symbols import EOS

Row = tuple[str, str, list[int], list[int]]

ARROW_FILES = ["train-1.arrow", "train-2.arrow", "valid.arrow", "test.arrow"]
FILES = ["data.yaml", "source.vocab", "target.vocab", *ARROW_FILES]
SETTINGS = {"source": "numbers", "max_length": 10, "prefixes": ["je suis"], "split": [0.8, 0.1, 0.1]}
PROVENANCE = {"source": "numbers", "licence": "écrit à la main"}

many = settings(derandomize=True, deadline=None, max_examples=100)


def rows(count: int, seed: int) -> list[Row]:
    generator = random.Random(seed)
    ids = [
        [[*generator.choices(range(4, 9), k=generator.randint(0, 5)), EOS] for _ in range(2)]
        for _ in range(count)
    ]
    return [(f"source {n} été", f"target {n}", *pair) for n, pair in enumerate(ids)]


CHUNKS = {
    "train-1.arrow": [rows(7, 1), rows(5, 2)],
    "train-2.arrow": [rows(1, 3), rows(4, 4), rows(6, 5)],
    "valid.arrow": [rows(3, 6)],
    "test.arrow": [],
}
NAMES = {"train": ["train-1.arrow", "train-2.arrow"], "valid": ["valid.arrow"], "test": ["test.arrow"]}
BY_PART = {part: [chunk for name in names for chunk in CHUNKS[name]] for part, names in NAMES.items()}
VOCABULARIES = [Vocabulary.of_counts({"a": 5, "b": 3}), Vocabulary.of_counts({"c": 4})]


def write(folder: Path) -> dict[str, Any]:
    folder.mkdir()
    for name, chunks in CHUNKS.items():
        with pa.ipc.new_file(str(folder / name), SCHEMA) as writer:
            for chunk in chunks:
                writer.write(pa.record_batch(list(zip(*chunk, strict=True)), schema=SCHEMA))
    for side, vocabulary in zip(("source", "target"), VOCABULARIES, strict=True):
        vocabulary.save(folder / f"{side}.vocab")
    return write_metadata(
        folder, NAMES, counts={"read": 50, "train": 23}, settings=SETTINGS, provenance=PROVENANCE
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set that no test changes."""
    folder = tmp_path_factory.mktemp("written") / "numbers"
    write(folder)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A data set of one's own."""
    return Path(shutil.copytree(written, tmp_path / "numbers"))


def open_everything(folder: Path) -> None:
    opened = Dataset(folder)
    for name in PARTS:
        opened.part(name)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_gives_its_chunks_texts_and_blocks(written: Path, name: str) -> None:
    part, chunks = Dataset(written).part(name), BY_PART[name]
    pairs = [row for chunk in chunks for row in chunk]
    assert part.name == name
    assert len(part) == len(pairs)
    assert part.chunk_rows == tuple(map(len, chunks))
    assert list(part.texts()) == [(source, target) for source, target, _, _ in pairs]
    assert [block.to_pylist() for block in part.blocks()] == [
        [dict(zip(SCHEMA.names, row, strict=True)) for row in chunk] for chunk in chunks
    ]


@many
@given(chosen=st.lists(st.integers(0, 4), min_size=1, max_size=7))
def test_ids_and_lengths_are_those_of_the_chunks_asked_for_in_their_order(
    written: Path, chosen: list[int]
) -> None:
    part = Dataset(written).part("train")
    expected = [row for chunk in chosen for row in BY_PART["train"][chunk]]
    ids, lengths = part.ids(chosen), part.lengths(chosen)
    for side in (0, 1):
        assert ids[side].to_pylist() == [row[2 + side] for row in expected]
        assert ids[side].type == pa.list_(pa.int32())
        assert lengths[side].tolist() == [len(row[2 + side]) for row in expected]
        assert lengths[side].dtype == np.int32


def test_no_chunks_have_no_lengths(written: Path) -> None:
    assert [side.tolist() for side in Dataset(written).part("test").lengths([])] == [[], []]


def test_a_chunk_of_a_sliced_column_has_its_own_lengths(tmp_path: Path) -> None:
    whole = pa.record_batch(list(zip(*rows(9, 1), strict=True)), schema=SCHEMA)
    with pa.ipc.new_file(str(tmp_path / "valid.arrow"), SCHEMA) as writer:
        writer.write(whole.slice(4, 3))
    part = Part("valid", (tmp_path / "valid.arrow",))
    assert [side.tolist() for side in part.lengths([0])] == [
        [len(row[column]) for row in rows(9, 1)[4:7]] for column in (2, 3)
    ]


def test_the_vocabularies_and_metadata_come_back(written: Path) -> None:
    opened = Dataset(written)
    assert [opened.source_vocabulary, opened.target_vocabulary] == VOCABULARIES
    assert opened.settings == SETTINGS
    assert opened.metadata["provenance"] == PROVENANCE
    assert opened.metadata["counts"] == {"read": 50, "train": 23}
    assert "écrit à la main" in (written / "data.yaml").read_text(encoding="utf-8")


def test_what_write_metadata_returns_is_what_is_read(tmp_path: Path) -> None:
    metadata = write(tmp_path / "numbers")
    assert Dataset(tmp_path / "numbers").metadata == metadata
    assert sorted(metadata["files"]) == sorted(FILES[1:])


def test_a_model_needs_all_files_but_the_pairs(folder: Path) -> None:
    assert Dataset(folder).needed_to_translate == ["data.yaml", "source.vocab", "target.vocab"]
    (folder / "data.yaml").unlink()
    (folder / "source.subwords").write_text("learnt")
    write_metadata(folder, NAMES, counts={}, settings={}, provenance={})
    needed = ["data.yaml", "source.subwords", "source.vocab", "target.vocab"]
    assert sorted(Dataset(folder).needed_to_translate) == needed


def test_a_part_reads_nothing_before_it_is_asked(tmp_path: Path) -> None:
    part = Part("train", (tmp_path / "missing.arrow",))
    with pytest.raises(FileNotFoundError):
        len(part)


def test_blocks_are_mapped_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "train.arrow"
    chunk = [("x" * 1000, "y" * 1000, [4] * 100, [4] * 100)] * 1000
    with pa.ipc.new_file(str(path), SCHEMA) as writer:
        for _ in range(3):
            writer.write(pa.record_batch(list(zip(*chunk, strict=True)), schema=SCHEMA))
    before = pa.total_allocated_bytes()
    blocks = list(Part("train", (path,)).blocks())
    assert pa.total_allocated_bytes() - before < 1 << 16
    assert sum(block.nbytes for block in blocks) > 8 << 20
    assert blocks[2].column("source")[999].as_py() == "x" * 1000  # and stay so while somebody holds them


def test_an_empty_part_can_be_opened_but_says_so_when_it_is_needed(written: Path) -> None:
    opened = Dataset(written)
    assert len(opened.part("test")) == 0
    with pytest.raises(DatasetError, match=r"test part is empty.*data\.split"):
        opened.part("test").not_empty()
    assert opened.part("train").not_empty().name == "train"


def test_there_are_three_parts(written: Path) -> None:
    with pytest.raises(DatasetError, match=r"no part 'dev'.*train, valid, test"):
        Dataset(written).part("dev")


def test_a_free_place_is_free(tmp_path: Path) -> None:
    check_free(tmp_path / "new", replace=False)
    check_free(tmp_path / "new", replace=True)


def test_a_data_set_gives_way_only_when_told_to(written: Path) -> None:
    check_free(written, replace=True)
    with pytest.raises(DatasetError, match=r"already exists.*--force"):
        check_free(written, replace=False)


@pytest.mark.parametrize("name", ["\udcff", "a\0b"])
def test_a_name_that_is_no_text_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match="no text"):
        check_free(tmp_path / name, replace=True)


@pytest.mark.parametrize("name", ["x" * 5000, "closed/new"])
def test_a_place_where_one_cannot_look_is_an_output_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def refuse(path: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied")

    if name == "closed/new":
        monkeypatch.setattr(Path, "stat", refuse)  # permissions mean nothing to root
    with pytest.raises(OutputError, match="Cannot write"):
        check_free(tmp_path / name, replace=False)


@pytest.mark.parametrize("kind", ["folder", "empty folder", "file"])
def test_what_is_no_data_set_never_gives_way(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine"
    if kind == "file":
        path.write_text("precious")
    else:
        path.mkdir()
        if kind == "folder":
            (path / "thesis.txt").write_text("precious")
    with pytest.raises(DatasetError, match=r"not a prepared data set.*--out"):
        check_free(path, replace=True)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DatasetError, match="no prepared data" if name == "data.yaml" else name):
        open_everything(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_place_of_a_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(DatasetError, match=name):
        open_everything(folder)


def test_there_is_no_data_set_in_an_empty_folder_or_in_none(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DatasetError, match=f"no prepared data in {path}.*s2s prepare-data"):
            Dataset(path)


def replaced(path: Path, content: bytes) -> None:
    """Put another file in a file's place; what is mapped of the old one is left alone."""
    path.unlink()
    path.write_bytes(content)


@pytest.mark.parametrize("name", FILES[1:])
@pytest.mark.parametrize("how", ["changed", "longer", "shorter", "empty"])
def test_a_file_that_is_not_as_it_was_written_is_told_at_once(folder: Path, name: str, how: str) -> None:
    path = folder / name
    content = path.read_bytes()
    half = len(content) // 2
    damaged = {
        "changed": content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :],
        "longer": content + (b"word\t1\n" if path.suffix == ".vocab" else b"x"),
        "shorter": content[:-1],
        "empty": b"",
    }
    replaced(path, damaged[how])
    with pytest.raises(DatasetError, match="is damaged") as caught:
        Dataset(folder)
    assert str(path) in caught.value.message
    assert "--force" in caught.value.hint
    told_how_to_edit = f"--set data.vocabulary={folder}" in caught.value.hint
    assert told_how_to_edit == (path.suffix == ".vocab")


def flipped(path: Path, place: int) -> bytes:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    return bytes(content)


def test_large_files_are_checked_by_their_size_until_they_are_verified(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "train-1.arrow"
    text = path.read_bytes().index(b"source 3")  # in the pairs, not in what tells where they lie
    replaced(path, flipped(path, text))
    monkeypatch.setattr(dataset, "_CHECKED_AT_ONCE", path.stat().st_size - 1)
    opened = Dataset(folder)
    assert len(opened.part("train")) == 23
    with pytest.raises(DatasetError, match=r"train-1\.arrow is damaged"):
        opened.verify()
    replaced(path, path.read_bytes() + b"x")
    with pytest.raises(DatasetError, match=r"train-1\.arrow is damaged"):
        Dataset(folder)


def test_only_small_files_are_read_when_a_data_set_is_opened(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, read = dataset.sha256, []
    monkeypatch.setattr(dataset, "sha256", lambda path: read.append(path.name) or real(path))
    monkeypatch.setattr(dataset, "_CHECKED_AT_ONCE", 100)
    opened = Dataset(written)
    assert sorted(read) == ["source.vocab", "target.vocab"]
    read.clear()
    opened.verify()
    assert sorted(read) == sorted(FILES[1:])


def test_a_whole_data_set_is_not_damaged(written: Path) -> None:
    open_everything(written)
    Dataset(written).verify()


def test_a_truncated_large_part_is_refused_wherever_it_ends(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "_CHECKED_AT_ONCE", 0)
    path = folder / "train-2.arrow"
    whole, opened = path.read_bytes(), Dataset(folder)
    for length in [*range(0, len(whole), 41), *range(len(whole) - 20, len(whole))]:
        replaced(path, whole[:length])
        with pytest.raises(DatasetError, match=r"train-2\.arrow is damaged"):
            Dataset(folder)
        with pytest.raises(DatasetError, match=f"train part in {folder} cannot be read"):
            opened.part("train")


@many
@given(junk=st.binary(max_size=200), magic=st.booleans())
def test_garbage_in_place_of_a_part_is_refused(
    tmp_path_factory: pytest.TempPathFactory, written: Path, junk: bytes, magic: bool
) -> None:
    folder = tmp_path_factory.getbasetemp() / "garbage"
    if not folder.exists():
        shutil.copytree(written, folder)
    opened = Dataset(written)
    opened.folder = folder
    replaced(folder / "valid.arrow", b"ARROW1\0\0" + junk + b"ARROW1" if magic else junk)
    with pytest.raises(DatasetError, match="valid part"):
        opened.part("valid")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- list\n",
        "just text",
        "format: [1\n",
        "format: 1\n\tsettings: {}\n",
        "*nobody",
        "!!python/object:os.system {}",
        "2000-99-99",
        "a: 2024-02-30",
        "!!int x",
        "!!bool x",
        "!!timestamp x",
        "0x_",
        '"\\UFFFFFFFF"',
        "[" * 5000,
    ],
)
def test_metadata_that_are_no_metadata_are_refused(folder: Path, text: str) -> None:
    (folder / "data.yaml").write_text(text)
    with pytest.raises(DatasetError, match=r"data\.yaml") as caught:
        Dataset(folder)
    assert "--force" in caught.value.hint


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"format: 2\x00", b"a: \xe9t\xe9\n", bytes(100)])
def test_metadata_that_are_no_text_are_refused(folder: Path, content: bytes) -> None:
    (folder / "data.yaml").write_bytes(content)
    with pytest.raises(DatasetError, match=r"data\.yaml"):
        Dataset(folder)


def edited(folder: Path, keys: Sequence[str], value: object) -> None:
    """Give a key of data.yaml another value; without one if that is None."""
    path = folder / "data.yaml"
    metadata = inner = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key in keys[:-1]:
        inner = inner[key]
    inner.pop(keys[-1])
    if value is not None:
        inner[keys[-1]] = value
    path.write_text(yaml.safe_dump(metadata), encoding="utf-8")


@pytest.mark.parametrize("value", [None, 1, 3, "2", [2]])
def test_another_format_is_refused(folder: Path, value: object) -> None:
    edited(folder, ["format"], value)
    with pytest.raises(DatasetError, match=r"data\.yaml is not of format 2.*--force"):
        Dataset(folder)


@pytest.mark.parametrize("key", ["settings", "counts", "parts", "files"])
@pytest.mark.parametrize("value", [None, [], "text"])
def test_metadata_that_lack_a_section_are_refused(folder: Path, key: str, value: object) -> None:
    edited(folder, [key], value)
    with pytest.raises(DatasetError, match=rf"data\.yaml lacks {key}"):
        Dataset(folder)


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["parts", "valid"], None),
        (["parts", "valid"], "valid.arrow"),
        (["parts", "valid"], ["elsewhere.arrow"]),
        (["parts", "valid"], [["valid.arrow"]]),
        (["files", "valid.arrow"], None),
        (["files", "valid.arrow"], "whole"),
        (["files", "valid.arrow", "bytes"], None),
        (["files", "valid.arrow", "sha256"], None),
    ],
)
def test_metadata_that_do_not_tell_the_files_are_refused(
    folder: Path, keys: Sequence[str], value: object
) -> None:
    edited(folder, keys, value)
    with pytest.raises(DatasetError, match=r"data\.yaml does not tell the files.*--force"):
        open_everything(folder)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    name=st.sampled_from(FILES[:3]),
    place=st.floats(0, 1),
    length=st.integers(0, 5),
    junk=st.binary(max_size=5),
)
def test_damaged_text_files_never_raise_anything_else(
    tmp_path_factory: pytest.TempPathFactory,
    written: Path,
    name: str,
    place: float,
    length: int,
    junk: bytes,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged"
    if not folder.exists():
        shutil.copytree(written, folder)
    whole = (written / name).read_bytes()
    start = int(place * len(whole))
    damaged = whole[:start] + junk + whole[start + length :]
    (folder / name).write_bytes(damaged)
    try:
        open_everything(folder)
    except DatasetError:
        assert damaged != whole
    else:
        assert damaged == whole or name == "data.yaml"
    finally:
        (folder / name).write_bytes(whole)
