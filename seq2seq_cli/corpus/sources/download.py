"""Known corpora fetched into the user's cache: carried on where they were cut off, checked, kept."""

import gzip
import importlib
import lzma
import os
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from seq2seq_cli import __version__
from seq2seq_cli.corpus.sources.known import KnownCorpus, RemoteFile
from seq2seq_cli.errors import CorpusError, OutputError
from seq2seq_cli.files import sha256, sync_file, sync_folder, write_text

if TYPE_CHECKING:
    from requests import Response, Session

# Bytes as they lie on the server: a .gz must not be unpacked on its way, and its pieces must fit together.
_HEADERS = {"User-Agent": f"s2s/{__version__}", "Accept-Encoding": "identity"}
_TIMEOUT = (10, 30)  # seconds: to connect, to wait for the next bytes
_PAUSES = (1, 2, 4, 8)  # seconds to wait after each cut of one file's connection
_BLOCK_BYTES = 1 << 16
_CHECKSUMS = "SHA256SUMS"  # of what was fetched, in the form that `sha256sum --check` reads
# An OSError too: a damaged zip may point to a place before its beginning.
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Fetched:
    """How much of a file is here: `done` bytes of `total`, which is None where the server does not say."""

    file: str
    done: int
    total: int | None


class _CutError(Exception):
    """The connection was lost, or there was none."""


def cache_folder() -> Path:
    """Return the folder of everything that was ever fetched: $S2S_CACHE, or the user's cache folder.

    Raises:
        CorpusError: the library that knows the user's cache folder is missing.
    """
    chosen = os.environ.get("S2S_CACHE")
    return Path(chosen) if chosen else Path(_library("pooch").os_cache("s2s"))


def corpus_folder(corpus: KnownCorpus) -> Path:
    """Return the folder of one corpus in the cache; CorpusError as from cache_folder."""
    return cache_folder() / corpus.name.replace(":", "-")


def download(corpus: KnownCorpus, folder: Path | None = None) -> Iterator[Fetched]:
    """Fetch the files of a corpus that are not there yet, and tell how far each one is.

    When the iterator is exhausted, all files lie whole in the folder. What was begun stays as <name>.part,
    and the next call goes on from there.

    Args:
        corpus: what find_known returned.
        folder: where its files shall lie; None for corpus_folder(corpus).

    Raises:
        CorpusError: a file cannot be fetched, or is not what it should be.
        OutputError: the folder cannot be written.
    """
    folder = folder or corpus_folder(corpus)
    missing = [file for file in corpus.files if not _is_here(folder, file)]
    if missing:
        with _library("requests").Session() as session:
            session.headers.update(_HEADERS)
            for file in missing:
                yield from _fetch(session, corpus, file, folder)


def _is_here(folder: Path, file: RemoteFile) -> bool:
    """Tell whether a file is there as it was fetched; one that was put there by hand is recorded."""
    path = folder / file.name
    try:
        wanted = file.sha256 or _recorded(folder).get(file.name)
        found = sha256(path)
        if wanted:
            return found == wanted
        if _fault(path, file):
            return False
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise CorpusError(f"Cannot read {path}: {error.strerror or error}.") from error
    _record(folder, file.name, found)
    return True


def _fetch(session: "Session", corpus: KnownCorpus, file: RemoteFile, folder: Path) -> Iterator[Fetched]:
    """Fetch one file, in as many pieces as it takes."""
    path, part = folder / file.name, folder / f"{file.name}.part"
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    came = False
    for pause in (*_PAUSES, None):
        try:
            for event in _continue(session, corpus, file, part):
                came = True
                yield event
            break
        except _CutError as error:
            if pause is None or not came:  # where nothing came at all, waiting would not help
                damaged = f" The copy {path} is damaged." if path.exists() else ""
                message = f"Cannot fetch {file.url}: {error}.{damaged}"
                raise CorpusError(message, _elsewhere(corpus)) from error
            time.sleep(pause)
    _accept(corpus, file, part, path)


def _continue(session: "Session", corpus: KnownCorpus, file: RemoteFile, part: Path) -> Iterator[Fetched]:
    """Go on from the end of `part` until its last byte has come, or the connection is cut."""
    from urllib3.exceptions import HTTPError

    response, done = _ask(session, corpus, file, part)
    length = response.headers.get("Content-Length", "")
    total = done + int(length) if length.isdecimal() else None
    with response, _writing(part), part.open("ab" if done else "wb") as target:
        if not done:
            _version_of(part).write_text(_version(response), encoding="utf-8")
        try:
            for block in response.raw.stream(_BLOCK_BYTES, decode_content=False):
                target.write(block)
                done += len(block)
                yield Fetched(file.name, done, total)
            whole = total in (None, done)
        except HTTPError:
            whole = False
    if not whole:
        raise _CutError(f"the connection broke after {done:,} bytes, which are kept")


def _ask(session: "Session", corpus: KnownCorpus, file: RemoteFile, part: Path) -> tuple["Response", int]:
    """Ask for what `part` lacks; return the answer, and after how many bytes of `part` it goes on."""
    from requests import RequestException

    with _writing(part):
        done = part.stat().st_size if part.exists() and _version_of(part).exists() else 0
        version = _version_of(part).read_text(encoding="ascii", errors="ignore") if done else ""
    headers = {"Range": f"bytes={done}-"} if done else {}
    if version:
        headers["If-Range"] = version
    try:
        response = session.get(file.url, headers=headers, stream=True, timeout=_TIMEOUT)
    except RequestException as error:
        raise _CutError(_reason(error)) from error
    if response.status_code == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
        return response, done
    if response.status_code == 200:
        return response, 0
    response.close()
    if done and response.status_code in (206, 416):  # `part` is no beginning of what lies there now
        with _writing(part):
            part.unlink()
        return _ask(session, corpus, file, part)
    if response.status_code in (404, 410):
        raise CorpusError(f"There is no file at {file.url}.", f"See {corpus.page} for what there is.")
    message = f"Cannot fetch {file.url}: the server answers {response.status_code} {response.reason}."
    raise CorpusError(message, _elsewhere(corpus))


def _accept(corpus: KnownCorpus, file: RemoteFile, part: Path, path: Path) -> None:
    """Put a whole file in its place, and remember its checksum; throw away what is not whole."""
    with _writing(path):
        found = sha256(part)
        if file.sha256 and found != file.sha256:
            fault = f"has the SHA-256 {found}, not {file.sha256}"
        else:
            fault = "" if file.sha256 else _fault(part, file)
        _version_of(part).unlink(missing_ok=True)
        if fault:
            part.unlink()
            raise CorpusError(f"What came from {file.url} {fault}; it was not kept.", _elsewhere(corpus))
        _record(path.parent, file.name, found)
        sync_file(part)
        part.replace(path)
        sync_folder(path.parent)


def _fault(path: Path, file: RemoteFile) -> str:
    """Return what is wrong with a packed file that can be read and should be whole; "" if nothing is."""
    try:
        if file.name.endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                damaged = archive.testzip()
            return f"is a zip whose {damaged} is damaged" if damaged else ""
        with gzip.open(path) as content:
            while content.read(1 << 20):
                pass
    except _DAMAGED as error:
        return f"is no whole {Path(file.name).suffix} file ({error})"
    return ""


def _recorded(folder: Path) -> dict[str, str]:
    """Return file name -> SHA-256 of everything that was ever put into a folder."""
    try:
        lines = (folder / _CHECKSUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    return {name: checksum for checksum, _, name in (line.partition("  ") for line in lines)}


def _record(folder: Path, name: str, checksum: str) -> None:
    rows = sorted({**_recorded(folder), name: checksum}.items())
    write_text(folder / _CHECKSUMS, "".join(f"{checksum}  {name}\n" for name, checksum in rows))


def _version_of(part: Path) -> Path:
    """Return where it stands of which version of the remote file `part` is the beginning."""
    return part.with_name(f"{part.name}.version")


def _version(response: "Response") -> str:
    """Return what If-Range takes: an ETag that stands for these very bytes, or a date."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified", "")


def _reason(error: BaseException) -> str:
    """Return the words of the first of a chain of errors, which all say the same at greater length."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _elsewhere(corpus: KnownCorpus) -> str:
    """Say how to do without this server."""
    swap = "" if list(corpus.columns) == sorted(corpus.columns) else " --set data.reverse=true"
    if len(corpus.files) == 1:
        file = corpus.files[0]
        where = f"fetch {file.url} elsewhere and pass the file"
        return f"Try again later, or {where}: s2s prepare-data {file.name}{swap}"
    urls = ", ".join(file.url for file in corpus.files)
    where = f"fetch these elsewhere, into one folder: {urls}; and pass it"
    return f"Try again later, or {where}: s2s prepare-data FOLDER{swap}"


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "The environment variable S2S_CACHE can name another folder."
        raise OutputError(f"Cannot write {path}: {error.strerror or error}.", hint) from error


def _library(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        hint = "Install it: pip install 'seq2seq-cli[download]'"
        raise CorpusError(f"To fetch a corpus, s2s needs the library {name}.", hint) from error
