"""Where sentence pairs come from: the embedded sample, or a file of the user's."""

import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from seq2seq_cli.corpus import sample
from seq2seq_cli.errors import CorpusError
from seq2seq_cli.files import sha256
from seq2seq_cli.registry import Registry

Pair = tuple[str, str]
"""Two sentences that mean the same, as they stand in the source."""

# A zip may also be encrypted (RuntimeError), packed in a way that Python lacks, or have a flipped bit.
_UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError, ValueError)

_FILES = "A source is a file of lines 'sentence<tab>sentence' (.txt, .tsv), or a .zip that holds one."


@dataclass(frozen=True)
class Source:
    """A stream of sentence pairs.

    Attributes:
        name: what the user calls it.
        pairs: opens the stream anew.
        checksum: SHA-256 of the file, or of the embedded text.
    """

    name: str
    pairs: Callable[[], Iterator[Pair]]
    checksum: str


def embedded(name: str, pairs: Callable[[], Iterator[Pair]]) -> Source:
    """Return a source that the package carries."""
    digest = hashlib.sha256()
    for first, second in pairs():
        digest.update(f"{first}\t{second}\n".encode())
    return Source(name, pairs, digest.hexdigest())


SOURCES: Registry[Callable[[], Iterator[Pair]]] = Registry("source", {"sample": sample.sentence_pairs})


def open_source(name: str) -> Source:
    """Find a source by the name of an embedded corpus, or by the path of a file.

    Raises:
        CorpusError: there is neither, or the file cannot be opened.
    """
    if name in SOURCES:
        return embedded(name, SOURCES[name])
    path = Path(name)
    try:
        checksum = sha256(path)
    except FileNotFoundError:
        known = ", ".join(SOURCES)
        message = f"There is no file {name}, and no embedded corpus of that name ({known})."
        raise CorpusError(message, _FILES) from None
    except IsADirectoryError:
        raise CorpusError(f"{name} is a folder.", _FILES) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise CorpusError(f"Cannot read {name[:100]!r}: {error}.", _FILES) from error
    return Source(name, lambda: tab_separated(path), checksum)


def tab_separated(path: Path) -> Iterator[Pair]:
    """Read lines of two sentences with a tab between them; further columns are passed over, blank lines too.

    Raises:
        CorpusError: the file cannot be read; a line has no tab or is not UTF-8 (with its number).
    """
    with _opened(path) as lines:
        for number, line in enumerate(lines, start=1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise CorpusError(
                    f"{path}, line {number}: not valid UTF-8 (byte {error.start + 1} of the line).",
                    "Convert the file to UTF-8, for example with iconv.",
                ) from None
            columns = text.rstrip("\r\n").split("\t")
            if len(columns) > 1:
                yield columns[0], columns[1]
            elif text.strip():
                raise CorpusError(f"{path}, line {number}: no tab in {_short(text)!r}.", _FILES)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a plain file, or the one text file inside a .zip."""
    try:
        if not zipfile.is_zipfile(path):
            if path.suffix.lower() == ".zip":
                raise CorpusError(f"{path} is not a zip file, or only a part of one.", "Fetch it again.")
            with path.open("rb") as file:
                yield file
            return
        with zipfile.ZipFile(path) as archive, archive.open(_text_member(path, archive)) as member:
            yield io.BufferedReader(member)  # type: ignore[type-var]  # ZipExtFile lacks only the declaration
    except _UNREADABLE as error:
        raise CorpusError(f"Cannot read {path}: {error}.") from error


def _text_member(path: Path, archive: zipfile.ZipFile) -> str:
    """Return the one member that holds text; names that begin with _ are notes about it."""
    names = [name for name in archive.namelist() if name.lower().endswith((".txt", ".tsv"))]
    texts = [name for name in names if not Path(name).name.startswith(("_", "."))]
    if len(texts) != 1:
        found = ", ".join(archive.namelist()[:5]) or "nothing"
        raise CorpusError(f"{path} should hold one .txt or .tsv file; it holds {found}.", _FILES)
    return texts[0]


def _short(text: str, limit: int = 60) -> str:
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"
