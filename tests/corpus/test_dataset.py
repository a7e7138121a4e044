"""A prepared data set on disk: written whole or not at all, and damage is told, not met."""

import errno
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus import dataset
from seq2seq_cli.corpus.dataset import Dataset, check_free, write_dataset
from seq2seq_cli.corpus.prepare import PARTS, Prepared, prepare
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.errors import DatasetError, OutputError

FILES = ["data.yaml", "source.vocab", "target.vocab", "train.arrow", "valid.arrow", "test.arrow"]
SETTINGS = {"source": "numbers", "max_length": 10, "prefixes": ["je suis"], "split": [0.8, 0.1, 0.1]}
PROVENANCE = {"source": "numbers", "licence": "écrit à la main"}

many = settings(derandomize=True, deadline=None, max_examples=100)


def numbers(count: int = 50, seed: int = 1) -> Prepared:
    words = [chr(97 + i) + chr(97 + j) for i in range(26) for j in range(26)]
    chosen = random.Random(seed).sample(words, count)
    return prepare(
        [(f"I am {word}", f"Je suis l'{word * 2}") for word in chosen],
        TextPipeline(),
        max_length=10,
        prefixes=[],
        held_out=[],
        reverse=False,
        autoencoder=False,
        min_frequency=1,
        max_vocabulary=None,
        split=(0.8, 0.1, 0.1),
        seed=1,
    )


PREPARED = numbers()


def write(folder: Path, prepared: Prepared = PREPARED, *, replace: bool = False) -> Dataset:
    return write_dataset(
        folder, prepared, TextPipeline(), settings=SETTINGS, provenance=PROVENANCE, replace=replace
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set that no test changes."""
    return write(tmp_path_factory.mktemp("written") / "numbers").folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A data set of one's own."""
    return Path(shutil.copytree(written, tmp_path / "numbers"))


def open_everything(folder: Path) -> None:
    opened = Dataset(folder)
    for name in PARTS:
        opened.part(name)


def test_the_folder_holds_six_files_and_nothing_is_beside_it(written: Path) -> None:
    assert sorted(contents(written)) == sorted(FILES)
    assert list(written.parent.iterdir()) == [written]


def test_the_same_pairs_come_back_as_text_and_as_indices(written: Path) -> None:
    opened = Dataset(written)
    assert opened.source_vocabulary == PREPARED.source_vocabulary
    assert opened.target_vocabulary == PREPARED.target_vocabulary
    for name, pairs in PREPARED.parts.items():
        part = opened.part(name)
        assert (part.name, len(part)) == (name, len(pairs))
        assert list(part.texts()) == [(" ".join(source), " ".join(target)) for source, target in pairs]
        for side, column in enumerate((part.source_ids, part.target_ids)):
            vocabulary = (opened.source_vocabulary, opened.target_vocabulary)[side]
            assert column.to_pylist() == [
                [*(vocabulary.word_to_index.get(word, 3) for word in pair[side]), 2] for pair in pairs
            ]


def test_the_metadata_say_how_it_came_about(written: Path) -> None:
    opened = Dataset(written)
    assert opened.settings == SETTINGS
    assert opened.metadata["provenance"] == PROVENANCE
    sizes = {name: len(pairs) for name, pairs in PREPARED.parts.items()}
    assert opened.metadata["counts"] == {"read": 50, "dropped": {}, "groups": 50, **sizes}
    assert "écrit à la main" in (written / "data.yaml").read_text(encoding="utf-8")


def test_writing_again_gives_the_same_bytes(written: Path, tmp_path: Path) -> None:
    assert contents(write(tmp_path / "again").folder) == contents(written)


def test_a_part_in_several_blocks_reads_as_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = write(tmp_path / "whole").part("train")
    monkeypatch.setattr(dataset, "_ROWS_A_BLOCK", 7)
    blocks = write(tmp_path / "blocks").part("train")
    assert blocks.table.column("source").num_chunks > 1
    assert list(blocks.texts()) == list(whole.texts())
    assert blocks.source_ids.to_pylist() == whole.source_ids.to_pylist()
    assert blocks.target_ids.to_pylist() == whole.target_ids.to_pylist()


def test_an_empty_part_can_be_opened_but_says_so_when_it_is_needed(tmp_path: Path) -> None:
    parts = {**PREPARED.parts, "test": []}
    empty = Prepared(parts, PREPARED.source_vocabulary, PREPARED.target_vocabulary, PREPARED.report)
    opened = write(tmp_path / "numbers", empty)
    assert len(opened.part("test")) == 0
    assert list(opened.part("test").texts()) == []
    with pytest.raises(DatasetError, match="test part is empty"):
        opened.part("test").not_empty()
    assert opened.part("train").not_empty().name == "train"


def test_there_are_three_parts(written: Path) -> None:
    with pytest.raises(DatasetError, match=r"no part 'dev'.*train, valid, test"):
        Dataset(written).part("dev")


def test_a_folder_that_exists_is_not_written_over(folder: Path) -> None:
    before = contents(folder)
    with pytest.raises(DatasetError, match="already exists"):
        write(folder, numbers(seed=2))
    assert contents(folder) == before


def test_a_data_set_gives_way_to_another_when_told_to(folder: Path) -> None:
    (folder / "notes.txt").write_text("of the old one")
    write(folder, numbers(seed=2), replace=True)
    assert sorted(contents(folder)) == sorted(FILES)
    expected = {" ".join(source) for source, _ in numbers(seed=2).parts["train"]}
    assert {source for source, _ in Dataset(folder).part("train").texts()} == expected
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("kind", ["folder", "empty folder", "file"])
def test_what_is_no_data_set_is_never_replaced(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine"
    if kind == "file":
        path.write_text("precious")
    else:
        path.mkdir()
        if kind == "folder":
            (path / "thesis.txt").write_text("precious")
    before = contents(tmp_path)
    with pytest.raises(DatasetError, match="not a prepared data set"):
        write(path, replace=True)
    assert contents(tmp_path) == before
    assert path.exists()


def test_a_free_place_is_free(tmp_path: Path) -> None:
    check_free(tmp_path / "new", replace=False)
    check_free(tmp_path / "new", replace=True)


WRITERS = [(os, "fsync"), (pa.ipc, "new_file"), (pa, "OSFile"), (yaml, "safe_dump")]


def fail_later(monkeypatch: pytest.MonkeyPatch, module: object, name: str, calls: int) -> None:
    """Let a function of a module work for some calls, and then find the disk full."""
    real, left = getattr(module, name), iter(range(calls))

    def failing(*args: Any, **kwargs: Any) -> Any:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, failing)


@pytest.mark.parametrize(("module", "name"), WRITERS, ids=[name for _, name in WRITERS])
@pytest.mark.parametrize("calls", [0, 2])
@pytest.mark.parametrize("replace", [False, True])
def test_a_full_disk_leaves_no_trace_and_the_old_data_set_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str, calls: int, replace: bool
) -> None:
    before = contents(folder.parent)
    fail_later(monkeypatch, module, name, calls if name != "safe_dump" else 0)
    with pytest.raises(OutputError, match="No space left on device"):
        write(folder if replace else folder.parent / "new", numbers(seed=2), replace=replace)
    monkeypatch.undo()
    assert contents(folder.parent) == before
    assert list(folder.parent.iterdir()) == [folder]
    open_everything(folder)


def test_an_interruption_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(yaml, "safe_dump", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(OutputError, match="Cannot write"):
        write(tmp_path / "file" / "numbers")
    assert (tmp_path / "file").read_text() == "kept"


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
        with pytest.raises(DatasetError, match=f"no prepared data in {path}"):
            Dataset(path)


def test_a_truncated_part_is_refused_wherever_it_ends(folder: Path) -> None:
    path = folder / "train.arrow"
    whole = path.read_bytes()
    opened = Dataset(folder)
    for length in [*range(0, len(whole), 41), *range(len(whole) - 20, len(whole))]:
        path.unlink()
        path.write_bytes(whole[:length])
        with pytest.raises(DatasetError, match=r"train\.arrow is damaged"):
            opened.part("train")


@many
@given(junk=st.binary(max_size=200), magic=st.booleans())
def test_garbage_in_place_of_a_part_is_refused(
    tmp_path_factory: pytest.TempPathFactory, written: Path, junk: bytes, magic: bool
) -> None:
    folder = tmp_path_factory.getbasetemp() / "garbage"
    if not folder.exists():
        shutil.copytree(written, folder)
    (folder / "train.arrow").unlink()
    (folder / "train.arrow").write_bytes(b"ARROW1\0\0" + junk + b"ARROW1" if magic else junk)
    with pytest.raises(DatasetError, match=r"train\.arrow"):
        Dataset(folder).part("train")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- list\n",
        "just text",
        "format: 2\nsettings: {}\ncounts: {}\nchecksums: {}\n",
        "settings: {}\ncounts: {}\nchecksums: {}\n",
        "format: 1\ncounts: {}\nchecksums: {}\n",
        "format: 1\nsettings: {}\nchecksums: {}\n",
        "format: 1\nsettings: {}\ncounts: {}\n",
        "format: 1\nsettings: []\ncounts: {}\nchecksums: {}\n",
        "format: [1\n",
        "format: 1\n\tsettings: {}\n",
        "*nobody",
        "!!python/object:os.system {}",
    ],
)
def test_metadata_that_are_no_metadata_are_refused(folder: Path, text: str) -> None:
    (folder / "data.yaml").write_text(text)
    with pytest.raises(DatasetError, match=r"data\.yaml"):
        Dataset(folder)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"format: 1\x00", b"a: \xe9t\xe9\n", bytes(100)])
def test_metadata_that_are_no_text_are_refused(folder: Path, content: bytes) -> None:
    (folder / "data.yaml").write_bytes(content)
    with pytest.raises(DatasetError, match=r"data\.yaml"):
        Dataset(folder)


@settings(derandomize=True, deadline=None, max_examples=150)
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
        Dataset(folder)
    except DatasetError:
        assert damaged != whole
    else:
        assert damaged == whole or name == "data.yaml"
    finally:
        (folder / name).write_bytes(whole)


def test_a_whole_data_set_is_not_damaged(written: Path) -> None:
    open_everything(written)


def damage(path: Path, how: str) -> None:
    """Put something like it in a file's place; what looks at the old one in memory is left alone."""
    content = path.read_bytes()
    path.unlink()
    if how == "changed":
        half = len(content) // 2
        path.write_bytes(content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :])
    elif how == "longer":
        path.write_bytes(content + (b"word\t1\n" if path.suffix == ".vocab" else b"x"))


every_damage = pytest.mark.parametrize("how", ["changed", "longer", "missing"])


@every_damage
@pytest.mark.parametrize("name", ["source.vocab", "target.vocab"])
def test_a_vocabulary_that_is_not_as_it_was_written_is_told_at_once(
    folder: Path, name: str, how: str
) -> None:
    damage(folder / name, how)
    with pytest.raises(DatasetError, match="Cannot read" if how == "missing" else "is damaged") as caught:
        Dataset(folder)
    assert str(folder / name) in caught.value.message
    assert "--force" in caught.value.hint


@every_damage
@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_is_not_as_it_was_written_is_told_when_it_is_opened(
    folder: Path, name: str, how: str
) -> None:
    before = Dataset(folder)
    damage(folder / f"{name}.arrow", how)
    for opened in (before, Dataset(folder)):
        with pytest.raises(DatasetError, match="Cannot read" if how == "missing" else "is damaged") as caught:
            opened.part(name)
        assert str(folder / f"{name}.arrow") in caught.value.message
        assert "--force" in caught.value.hint
        for other in set(PARTS) - {name}:
            assert len(opened.part(other)) == len(PREPARED.parts[other])


def test_a_file_whose_checksum_was_not_recorded_is_damaged(folder: Path) -> None:
    metadata = yaml.safe_load((folder / "data.yaml").read_text(encoding="utf-8"))
    del metadata["checksums"]["train.arrow"], metadata["checksums"]["test.arrow"]
    (folder / "data.yaml").write_text(yaml.safe_dump(metadata), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"train\.arrow is damaged"):
        Dataset(folder).part("train")
    assert len(Dataset(folder).part("valid")) == len(PREPARED.parts["valid"])


@pytest.mark.parametrize(
    "text",
    [
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
def test_yaml_that_no_value_can_be_made_of_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(DatasetError, match=r"data\.yaml"):
        Dataset(tmp_path)
