"""What is written appears whole or not at all."""

import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seq2seq_cli.errors import OutputError
from seq2seq_cli.files import new_folder, replacing_file, text_file, write_text

needs_umask = pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")


class Interrupted(Exception):  # noqa: N818
    """Something that goes wrong in the middle of writing."""


def break_off_file(path: Path, error: type[BaseException]) -> None:
    with replacing_file(path) as temporary:
        temporary.write_text("half")
        raise error


def write_unheard(path: Path, reader: int) -> None:
    with text_file(path) as file:
        os.close(reader)
        file.write("unheard")


def break_off_folder(path: Path, error: type[BaseException], replacing: bool) -> None:
    with new_folder(path, replacing=replacing) as temporary:
        (temporary / "half").write_text("half")
        raise error


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def full_disk(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_appears_with_its_whole_content(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "file.bin"
    with replacing_file(path) as temporary:
        assert path.parent in temporary.parents
        temporary.write_bytes(b"first half,")
        assert not path.exists()
        with temporary.open("ab") as file:
            file.write(b" second half")
    assert path.read_bytes() == b"first half, second half"
    assert names(path.parent) == ["file.bin"]


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with replacing_file(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few people make links")
def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_text("old")
    for name, target in (("link", "deep/file"), ("dangling", "deep/new")):
        (tmp_path / name).symlink_to(target)
        write_text(tmp_path / name, "new")
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / target).read_text() == "new"
    assert names(tmp_path) == ["dangling", "deep", "link"]
    assert names(tmp_path / "deep") == ["file", "new"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_device_is_written_where_it_stands_and_named_when_it_is_full() -> None:
    with (
        pytest.raises(OutputError, match="Cannot write /dev/full: No space left"),
        text_file(Path("/dev/full")) as file,
    ):
        file.write("text")
    assert not Path("/dev/full").is_file()


@pytest.mark.skipif(os.name == "nt", reason="Windows has other pipes")
def test_a_named_pipe_that_nobody_reads_any_more_is_no_output_error(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(BrokenPipeError):
        write_unheard(path, reader)
    assert names(tmp_path) == ["pipe"]


def test_a_name_that_no_file_can_have_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"Cannot write .*too long"), text_file(tmp_path / ("x" * 300)):
        pass
    assert names(tmp_path) == []


@pytest.mark.parametrize("error", [Interrupted, KeyboardInterrupt])
def test_a_file_that_was_interrupted_leaves_the_old_one_and_no_trace(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    for target in (path, tmp_path / "fresh"):
        with pytest.raises(error):
            break_off_file(target, error)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_a_full_disk_is_an_output_error_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr(os if step == "fsync" else Path, step, full_disk)
    with pytest.raises(OutputError, match=r"Cannot write .*file: No space left on device"):
        write_text(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_text_is_written_as_utf8_with_plain_newlines(tmp_path: Path) -> None:
    write_text(tmp_path / "text", "été\nune ligne\r\n")
    assert (tmp_path / "text").read_bytes() == "été\nune ligne\r\n".encode()


def test_text_that_cannot_be_encoded_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "half a pair: \ud800")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["text"]


def test_a_file_below_a_file_or_in_place_of_a_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "below", tmp_path / "folder"):
        with pytest.raises(OutputError, match=f"Cannot write {path}"):
            write_text(path, "new")
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "kept"
    assert names(tmp_path / "folder") == []


@needs_umask
@pytest.mark.usefixtures("strict_umask")
def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    write_text(tmp_path / "file", "text")
    with new_folder(tmp_path / "folder") as temporary:
        (temporary / "inside").write_text("text")
    assert mode(tmp_path / "file") == 0o640
    assert mode(tmp_path / "folder") == 0o750
    assert os.umask(0o027) == 0o027


def test_a_folder_appears_with_all_its_files(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder"
    with new_folder(path) as temporary:
        assert path.parent in temporary.parents
        (temporary / "sub").mkdir()
        (temporary / "sub" / "file").write_text("text")
        assert not path.exists()
    assert (path / "sub" / "file").read_text() == "text"
    assert names(path.parent) == ["folder"]


@pytest.mark.parametrize("error", [Interrupted, KeyboardInterrupt])
@pytest.mark.parametrize("replacing", [False, True])
def test_a_folder_that_was_interrupted_leaves_the_old_one_and_no_trace(
    tmp_path: Path, error: type[BaseException], replacing: bool
) -> None:
    path = tmp_path / "folder"
    if replacing:
        path.mkdir()
        (path / "old").write_text("old")
    with pytest.raises(error):
        break_off_folder(path, error, replacing)
    assert names(tmp_path) == (["folder"] if replacing else [])
    assert not replacing or (path / "old").read_text() == "old"


def test_an_old_folder_gives_way_as_a_whole_and_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "old").write_text("old")
    with pytest.raises(OutputError, match=f"Cannot write {path}"), new_folder(path) as temporary:
        (temporary / "new").write_text("new")
    assert names(path) == ["old"]
    with new_folder(path, replacing=True) as temporary:
        (temporary / "new").write_text("new")
        assert names(path) == ["old"]
    assert names(path) == ["new"]
    assert names(tmp_path) == ["folder"]


def test_replacing_needs_nothing_to_replace(tmp_path: Path) -> None:
    with new_folder(tmp_path / "folder", replacing=True):
        pass
    assert names(tmp_path) == ["folder"]


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_full_disk_is_an_output_error_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(os if step == "fsync" else Path, step, full_disk)
    with (
        pytest.raises(OutputError, match=r"Cannot write .*folder: No space left on device"),
        new_folder(tmp_path / "folder") as temporary,
    ):
        (temporary / "file").write_text("text")
    assert names(tmp_path) == []


def test_a_folder_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    path = tmp_path / "file" / "folder"
    with pytest.raises(OutputError, match=f"Cannot write {path}"), new_folder(path):
        pass
    assert (tmp_path / "file").read_text() == "kept"


def test_a_replacement_that_cannot_take_its_place_leaves_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "old").write_text("old")
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.name == "new":  # on its way to its place
            full_disk()
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OutputError), new_folder(path, replacing=True) as temporary:
        (temporary / "new").write_text("new")
    assert (path / "old").read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_old_folder_that_cannot_even_go_back_is_brought_back_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "file").write_text("old")
    real = Path.rename
    with monkeypatch.context() as patch:
        patch.setattr(
            Path, "rename", lambda self, target: full_disk() if target == path else real(self, target)
        )
        with pytest.raises(OutputError), new_folder(path, replacing=True):
            pass
    (aside,) = tmp_path.iterdir()
    os.utime(aside, (0, 0))
    with pytest.raises(KeyboardInterrupt), new_folder(path, replacing=True):
        raise KeyboardInterrupt
    assert (path / "file").read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


# What killed processes leave


def left_by_a_killed_process(path, *, seconds_ago=3600, **folders):
    """Leave what a process leaves that is killed while it writes a folder."""
    stale = path.parent / f".{path.name}.x1y2z3w4.tmp"
    for name, content in folders.items():
        (stale / name).mkdir(parents=True)
        (stale / name / "file").write_text(content)
    then = time.time() - seconds_ago
    os.utime(stale, (then, then))
    return stale


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path):
    path = tmp_path / "data [1]"
    stale = left_by_a_killed_process(path, new="half")
    other = left_by_a_killed_process(tmp_path / "data 1", new="half")
    with new_folder(path):
        assert not stale.exists()
    assert other.exists()


def test_a_half_written_file_of_a_killed_process_is_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "file"
    half, just_begun = tmp_path / ".file.x1y2z3w4.tmp", tmp_path / ".file.w4z3y2x1.tmp"
    half.write_text("half")
    just_begun.touch()
    os.utime(half, (0, 0))
    write_text(path, "whole")
    assert path.read_text() == "whole"
    assert not half.exists()
    assert just_begun.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such locks")
def test_a_file_that_has_been_in_the_making_for_long_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with replacing_file(path) as slow:
        slow.write_text("slow")
        os.utime(slow, (0, 0))
        write_text(path, "fast")
        assert slow.exists()
    assert path.read_text() == "slow"


def test_what_belongs_to_a_folder_of_a_longer_name_is_left_alone(tmp_path):
    stale = left_by_a_killed_process(tmp_path / "data.en", new="half", old="whole")
    with new_folder(tmp_path / "data"):
        pass
    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "data.en"):
        raise KeyboardInterrupt
    assert not stale.exists()
    assert (tmp_path / "data.en" / "file").read_text() == "whole"


def test_what_another_process_removes_meanwhile_is_no_error(tmp_path, monkeypatch):
    left_by_a_killed_process(tmp_path / "data", new="half")
    real = Path.glob

    def glob_and_lose(self, pattern, **how):
        found = [*real(self, pattern)]
        for stale in found:
            shutil.rmtree(stale)
        return found

    monkeypatch.setattr(Path, "glob", glob_and_lose)
    with new_folder(tmp_path / "data"):
        pass
    assert (tmp_path / "data").is_dir()


def test_an_old_folder_that_was_put_aside_comes_back(tmp_path):
    path = tmp_path / "data"
    left_by_a_killed_process(path, new="half", old="whole")
    with pytest.raises(Interrupted), new_folder(path):
        raise Interrupted
    assert (path / "file").read_text() == "whole"
    assert [entry.name for entry in tmp_path.iterdir()] == ["data"]
    left_by_a_killed_process(path, new="half", old="older")
    with new_folder(path, replacing=True):
        assert (path / "file").read_text() == "whole"


def test_what_a_living_process_writes_is_left_alone(tmp_path):
    path = tmp_path / "data"
    with new_folder(path) as writing:
        os.utime(writing.parent, (0, 0))
        with pytest.raises(ZeroDivisionError), new_folder(path):
            raise ZeroDivisionError
        (writing / "file").write_text("whole")
    assert (path / "file").read_text() == "whole"


def test_a_folder_that_has_just_been_made_is_left_alone(tmp_path):
    stale = left_by_a_killed_process(tmp_path / "data", seconds_ago=1, new="half")
    with new_folder(tmp_path / "data"):
        assert stale.exists()


def test_an_old_folder_that_gave_way_does_not_come_back_when_its_removal_was_cut_short(tmp_path, monkeypatch):
    path = tmp_path / "data"
    for text in ("old", "new"):
        with monkeypatch.context() as patch, new_folder(path, replacing=True) as writing:
            (writing / "file").write_text(text)
            patch.setattr(shutil, "rmtree", lambda *_, **__: None)
    assert (path / "file").read_text() == "new"
    shutil.rmtree(path)
    for stale in tmp_path.iterdir():
        os.utime(stale, (0, 0))
    with new_folder(path):
        assert not path.exists()
