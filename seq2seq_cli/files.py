"""What is written appears whole or not at all: temporary name, fsync, rename."""

import glob
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import yaml

from seq2seq_cli.errors import OutputError

_SECONDS_TO_LOCK = 60  # between making a folder and locking it, generously

# What PyYAML lets through when a scalar is damaged: a month 99, an escape beyond Unicode, 5,000 brackets.
_DAMAGED_SCALARS = (ValueError, KeyError, AttributeError, TypeError, OverflowError, RecursionError)


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder survive a power cut, where the system can."""
    if os.name == "nt":  # Windows cannot open a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Flush a closed file to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it takes `path`'s place when the block ends well.

    A link stays, and what it leads to is replaced.

    Raises:
        OutputError: the file cannot be written (a full disk, no permission).
    """
    with _reporting(path):
        place = Path(os.path.realpath(path))
        place.parent.mkdir(parents=True, exist_ok=True)
        _clear_up_after_killed(place)
        descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".tmp", dir=place.parent)
        os.close(descriptor)
        temporary = Path(name)
        lock = _locked(temporary)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            sync_file(temporary)
            temporary.replace(place)
            sync_folder(place.parent)
        finally:
            temporary.unlink(missing_ok=True)
            if lock is not None:
                os.close(lock)


@contextmanager
def text_file(path: Path) -> Iterator[TextIO]:
    """Yield a UTF-8 file to write, see replacing_file; a device or a pipe is written to where it stands.

    Raises:
        OutputError: it cannot be written.
        BrokenPipeError: nobody reads the pipe any more.
    """
    with _reporting(path):
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", newline="\n") as file:
                yield file
        else:
            with (
                replacing_file(path) as temporary,
                temporary.open("w", encoding="utf-8", newline="\n") as file,
            ):
                yield file


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 text file, or nothing.

    Raises:
        OutputError: see replacing_file.
    """
    with replacing_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def new_folder(path: Path, *, replacing: bool = False) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; it becomes `path` when the block ends well.

    Args:
        path: where the folder shall appear.
        replacing: whether a folder that stands there already gives way, at the last moment.

    Raises:
        OutputError: the folder cannot be written.
    """
    with _reporting(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear_up_after_killed(path)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent))
        new, old = temporary / "new", temporary / "old"
        lock = _locked(temporary)
        try:
            new.mkdir()
            yield new
            for found in (*new.rglob("*"), new):
                sync_folder(found) if found.is_dir() else sync_file(found)
            try:
                if replacing and path.exists():
                    path.rename(old)
                new.rename(path)
            except BaseException:  # Ctrl-C too: the old folder must not be lost
                if old.exists() and not path.exists():
                    old.rename(path)
                raise
            sync_folder(path.parent)
            with suppress(OSError):  # there may have been none
                old.rename(temporary / "outdated")  # half removed, it must not come back
        finally:
            if path.exists() or not old.exists():  # else the next one brings the old folder back
                shutil.rmtree(temporary, ignore_errors=True)
            if lock is not None:
                os.close(lock)


@contextmanager
def _reporting(path: Path) -> Iterator[None]:
    """Let an error of the system be an OutputError; a reader who has seen enough is none."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error  # what Arrow adds tells users nothing
        raise OutputError(f"Cannot write {path}: {reason}.") from error


def _clear_up_after_killed(path: Path) -> None:
    """Remove what processes that were killed while they wrote `path` have left beside it.

    If one was killed between putting the old folder aside and putting the new one in its place, the old one
    comes back.
    """
    for stale in path.parent.glob(f".{glob.escape(path.name)}.????????.tmp"):  # as mkdtemp calls them
        with suppress(FileNotFoundError):  # a process that was about to end has ended
            _clear_up(stale, path)


def _clear_up(stale: Path, path: Path) -> None:
    if time.time() - stale.stat().st_mtime < _SECONDS_TO_LOCK or (lock := _locked(stale)) is None:
        return
    if (stale / "old").exists() and not path.exists():
        (stale / "old").rename(path)
    shutil.rmtree(stale, ignore_errors=True) if stale.is_dir() else stale.unlink()
    os.close(lock)


def _locked(path: Path) -> int | None:
    """Lock a file or folder until the descriptor is closed; None if another process has it."""
    if os.name == "nt":  # Windows has no such locks
        return None
    import fcntl

    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def size_of(paths: Iterable[Path]) -> int:
    """Return how many bytes the files among these take; one that vanishes meanwhile takes none."""
    size = 0
    for path in paths:
        with suppress(FileNotFoundError):
            size += path.stat().st_size if path.is_file() else 0
    return size


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal; OSError where it cannot be read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_saved_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file of keys and values that a program wrote.

    Raises:
        ValueError: it cannot be read, or holds something else.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from error
    except (yaml.YAMLError, *_DAMAGED_SCALARS) as error:
        raise ValueError(" ".join(str(error).split()) or type(error).__name__) from error
    if not isinstance(content, dict):
        raise ValueError("it does not hold keys and values")
    return content


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
