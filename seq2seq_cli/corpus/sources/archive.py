"""Zip files: their members are opened where they lie, never unpacked to disk."""

import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from seq2seq_cli.corpus.sources.inputs import Input, Readable
from seq2seq_cli.errors import CorpusError

MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip begins: with a member, or, when it is empty, with its end."""

# A zip may be packed in a way that Python lacks (RuntimeError), point beyond its end, or have a flipped bit.
UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError, ValueError)

_ENCRYPTED = 0x1


def is_zip(path: Path) -> bool:
    """Tell whether a file is a zip, or claims to be one by its name."""
    if path.suffix.lower() == ".zip":
        return True
    with path.open("rb") as file:
        return file.read(4) in MAGICS


def members(name: str, path: Path) -> dict[str, Input]:
    """Return every file in a zip by its name there.

    Args:
        name: what the user calls the zip.
        path: where it lies.

    Raises:
        CorpusError: it is no zip, cut off, or encrypted.
    """
    try:
        with path.open("rb") as file:
            begins_as_zip = file.read(4) in MAGICS
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if _names_a_file(info.filename)]
    except UNREADABLE as error:
        if isinstance(error, zipfile.BadZipFile) and begins_as_zip:
            message = f"{name} is cut off or damaged: {error}."
        elif isinstance(error, zipfile.BadZipFile):
            message = f"{name} is not a zip file, or only a part of one."
        else:
            message = f"Cannot read {name}: {error}."
        raise CorpusError(message, "Fetch it again.") from error
    for info in infos:
        if info.flag_bits & _ENCRYPTED:
            raise CorpusError(
                f"{name} is encrypted: {info.filename!r} asks for a password.", "Unpack it yourself first."
            )
    return {
        info.filename: Input(
            f"{name}/{info.filename}",
            _opener(path, info),
            path,
            info.compress_size,
            info.file_size,
            member=True,
        )
        for info in infos
    }


def _names_a_file(member: str) -> bool:
    return member.rpartition("/")[2] not in (
        "",
        ".",
        "..",
    )  # folders end in /; the others could be no file's name


def _opener(path: Path, info: zipfile.ZipInfo) -> Callable[[], AbstractContextManager[Readable]]:
    @contextmanager
    def opened() -> Iterator[Readable]:
        with zipfile.ZipFile(path) as archive, archive.open(info) as member:
            yield member

    return opened
