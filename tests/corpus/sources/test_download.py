"""Fetching known corpora, from a server on this machine that fails on purpose."""

import gzip
import hashlib
import io
import random
import re
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli import __version__
from seq2seq_cli.corpus.sources import download as module
from seq2seq_cli.corpus.sources.download import Fetched, cache_folder, corpus_folder, download
from seq2seq_cli.corpus.sources.known import KnownCorpus, Multi30k, Tatoeba
from seq2seq_cli.errors import CorpusError, OutputError

many = settings(derandomize=True, deadline=None, max_examples=100)


def zipped(text: bytes, method: int = zipfile.ZIP_STORED) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(zipfile.ZipInfo("fra.txt"), text, method)  # without the date of today
    return memory.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def misplaced(archive: bytes) -> bytes:
    """Let a zip's directory say that its member begins before the file does."""
    content, end = bytearray(archive), archive.rindex(b"PK\5\6")
    content[end + 19] += 1
    return bytes(content)


def misnamed(archive: bytes) -> bytes:
    """Let a zip's directory say that its member's name is UTF-8, which it is not."""
    content, directory = bytearray(archive), archive.rindex(b"PK\1\2")
    content[directory + 9] |= 8
    content[directory + 46] = 0xFF
    return bytes(content)


def encrypted(archive: bytes) -> bytes:
    """Set the bit that says so, in both headers of a zip's one member."""
    content, directory = bytearray(archive), archive.rindex(b"PK\1\2")
    content[6] |= 1
    content[directory + 8] |= 1
    return bytes(content)


LIST = zipped(random.Random(1).randbytes(300_000))
NEWER = zipped(random.Random(2).randbytes(310_000))
PARTS = {
    f"{part}.{language}.gz": gzip.compress(f"{part} {language}\n".encode() * 100, mtime=0)
    for part in ("train", "val", "test_2016_flickr")
    for language in ("de", "en")
}


class Server(ThreadingHTTPServer):
    """A file server with a log and a list of faults.

    Attributes:
        files: path -> content.
        log: the headers of all requests, with the path under "".
        sent: the number of bytes of content that went out, answer by answer.
        cuts: after how many bytes the next answers end too early; None for a whole one.
        ranges: whether Range is understood.
        tags: whether versions have an ETag, or which weak one; they have a date besides.
        status: what all requests are answered with, where it is no success.
        lengths: whether Content-Length is told.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {"/fra-eng.zip": LIST, **{f"/{name}": content for name, content in PARTS.items()}}
        self.log: list[dict[str, str]] = []
        self.sent: list[int] = []
        self.cuts: list[int | None] = []
        self.ranges = self.lengths = True
        self.tags: bool | str = True
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def ranges_asked_for(self) -> list[str | None]:
        return [headers.get("Range") for headers in self.log]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        server = self.server
        server.log.append({"": self.path, **dict(self.headers)})
        content = server.files.get(self.path)
        if server.status != 200 or content is None:
            self.send_error(server.status if server.status != 200 else 404)
            return
        date = f"Mon, 01 Jan 2024 00:00:{sha256(content)[:2]} GMT"
        tag = f'"{sha256(content)}"' if server.tags is True else server.tags or None
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and server.ranges else 0
        if start and self.headers.get("If-Range", date) not in (tag if server.tags is True else date, date):
            start = 0
        if start and start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if server.lengths:
            self.send_header("Content-Length", str(len(content) - start))
        self.send_header("Last-Modified", date)
        if tag:
            self.send_header("ETag", tag)
        self.end_headers()
        end = server.cuts.pop(0) if server.cuts else None
        body = content[start : None if end is None else start + end]
        server.sent.append(len(body))
        self.wfile.write(body)


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(module, "_PAUSES", (0, 0, 0))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def corpus(server: Server) -> KnownCorpus:
    return Tatoeba(server.url).corpus("tatoeba:eng-fra", "eng", "fra")


@pytest.fixture
def parts(server: Server) -> KnownCorpus:
    checksums = {name: sha256(content) for name, content in PARTS.items()}
    return Multi30k(server.url, checksums).corpus("multi30k:de-en", "de", "en")


@pytest.fixture
def offline(corpus: KnownCorpus) -> Iterator[KnownCorpus]:
    with socket.socket() as deaf:  # taken, so that no server of another test can have it, but nobody listens
        deaf.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        yield Tatoeba(url).corpus("tatoeba:eng-fra", "eng", "fra")


def failure(corpus: KnownCorpus, folder: Path) -> str:
    with pytest.raises(CorpusError) as caught:
        list(download(corpus, folder))
    return str(caught.value)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "SHA256SUMS"}


def test_progress_ends_at_the_total_of_every_file(parts: KnownCorpus, tmp_path: Path) -> None:
    ends = {event.file: event for event in download(parts, tmp_path)}
    assert ends == {name: Fetched(name, len(content), len(content)) for name, content in PARTS.items()}
    assert contents(tmp_path) == PARTS


def test_progress_grows(corpus: KnownCorpus, tmp_path: Path) -> None:
    done = [event.done for event in download(corpus, tmp_path)]
    assert len(done) > 3
    assert done == sorted(set(done))
    assert done[-1] == len(LIST)
    assert contents(tmp_path) == {"fra-eng.zip": LIST}


def test_a_size_that_the_server_does_not_tell_is_unknown(
    corpus: KnownCorpus, server: Server, tmp_path: Path
) -> None:
    server.lengths = False
    assert {event.total for event in download(corpus, tmp_path)} == {None}
    assert contents(tmp_path) == {"fra-eng.zip": LIST}


def test_the_program_says_who_it_is_and_wants_no_packing(
    corpus: KnownCorpus, server: Server, tmp_path: Path
) -> None:
    list(download(corpus, tmp_path))
    assert server.log[0]["User-Agent"] == f"s2s/{__version__}"
    assert server.log[0]["Accept-Encoding"] == "identity"


def test_what_is_there_is_not_fetched_again(
    corpus: KnownCorpus, parts: KnownCorpus, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wanted in (corpus, parts):
        list(download(wanted, tmp_path))
        asked = len(server.log)
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "requests", None)  # not even the libraries are needed
            patch.setitem(sys.modules, "pooch", None)
            assert list(download(wanted, tmp_path)) == []
        assert len(server.log) == asked


def test_only_the_missing_file_is_fetched(parts: KnownCorpus, server: Server, tmp_path: Path) -> None:
    list(download(parts, tmp_path))
    server.log.clear()
    (tmp_path / "val.de.gz").unlink()
    assert {event.file for event in download(parts, tmp_path)} == {"val.de.gz"}
    assert [headers[""] for headers in server.log] == ["/val.de.gz"]


def test_the_checksums_are_written_as_sha256sum_writes_them(parts: KnownCorpus, tmp_path: Path) -> None:
    list(download(parts, tmp_path))
    lines = sorted(f"{sha256(content)}  {name}" for name, content in PARTS.items())
    assert sorted((tmp_path / "SHA256SUMS").read_text().splitlines()) == lines


def test_a_cut_connection_is_taken_up_where_it_ended(
    corpus: KnownCorpus, server: Server, tmp_path: Path
) -> None:
    server.cuts = [100_000, 70_000]
    events = list(download(corpus, tmp_path))
    assert contents(tmp_path) == {"fra-eng.zip": LIST}
    assert server.ranges_asked_for() == [None, "bytes=100000-", "bytes=170000-"]
    assert sum(server.sent) == len(LIST)
    assert {event.total for event in events} == {len(LIST)}
    assert [event.done for event in events] == sorted(event.done for event in events)


@pytest.mark.parametrize("tags", [True, False, 'W/"weak"'])
def test_a_second_run_goes_on_where_the_first_one_ended(
    corpus: KnownCorpus, server: Server, tmp_path: Path, tags: bool | str
) -> None:
    server.tags = tags
    server.cuts = [50_000] * 4
    failure(corpus, tmp_path)
    assert (tmp_path / "fra-eng.zip.part").read_bytes() == LIST[:200_000]
    assert not (tmp_path / "fra-eng.zip").exists()
    list(download(corpus, tmp_path))
    assert server.ranges_asked_for()[-1] == "bytes=200000-"
    assert server.log[-1]["If-Range"].startswith('"' if tags is True else "Mon, 01 Jan")
    assert sum(server.sent) == len(LIST)
    assert contents(tmp_path) == {"fra-eng.zip": LIST}


def test_what_an_interruption_leaves_is_taken_up(corpus: KnownCorpus, server: Server, tmp_path: Path) -> None:
    running = download(corpus, tmp_path)
    assert isinstance(running, Generator)
    next(running)
    next(running)
    with pytest.raises(KeyboardInterrupt):
        running.throw(KeyboardInterrupt)
    there = (tmp_path / "fra-eng.zip.part").stat().st_size
    assert 0 < there < len(LIST)
    list(download(corpus, tmp_path))
    assert server.ranges_asked_for() == [None, f"bytes={there}-"]
    assert contents(tmp_path) == {"fra-eng.zip": LIST}


@pytest.mark.parametrize("tags", [True, False])
def test_a_list_that_has_changed_in_the_meantime_is_begun_anew(
    corpus: KnownCorpus, server: Server, tmp_path: Path, tags: bool | str
) -> None:
    server.tags = tags
    server.cuts = [50_000] * 4
    failure(corpus, tmp_path)
    server.files["/fra-eng.zip"] = NEWER
    list(download(corpus, tmp_path))
    assert contents(tmp_path) == {"fra-eng.zip": NEWER}


def test_a_server_without_ranges_begins_anew(corpus: KnownCorpus, server: Server, tmp_path: Path) -> None:
    server.ranges = False
    server.cuts = [100_000]
    events = list(download(corpus, tmp_path))
    assert contents(tmp_path) == {"fra-eng.zip": LIST}
    assert server.sent == [100_000, len(LIST)]
    assert events[-1] == Fetched("fra-eng.zip", len(LIST), len(LIST))


def test_a_beginning_that_is_longer_than_the_file_is_thrown_away(
    corpus: KnownCorpus, server: Server, tmp_path: Path
) -> None:
    server.cuts = [50_000] * 4
    failure(corpus, tmp_path)
    server.log.clear()
    (tmp_path / "fra-eng.zip.part").write_bytes(bytes(400_000))
    list(download(corpus, tmp_path))
    assert server.ranges_asked_for() == ["bytes=400000-", None]
    assert contents(tmp_path) == {"fra-eng.zip": LIST}


def test_a_beginning_of_unknown_origin_is_thrown_away(
    corpus: KnownCorpus, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "fra-eng.zip.part").write_bytes(NEWER[:1000])
    list(download(corpus, tmp_path))
    assert server.ranges_asked_for() == [None]
    assert contents(tmp_path) == {"fra-eng.zip": LIST}


def test_a_connection_that_is_always_cut_is_given_up(
    corpus: KnownCorpus, server: Server, tmp_path: Path
) -> None:
    server.cuts = [10] * 100
    message = failure(corpus, tmp_path)
    assert f"Cannot fetch {server.url}fra-eng.zip: the connection broke after 40 bytes" in message
    assert len(server.log) == 4


def test_a_wrong_checksum_is_told_and_nothing_is_kept(
    parts: KnownCorpus, server: Server, tmp_path: Path
) -> None:
    other = gzip.compress(b"something else\n")
    server.files["/val.de.gz"] = other
    message = failure(parts, tmp_path)
    for words in (f"{server.url}val.de.gz", sha256(other), sha256(PARTS["val.de.gz"])):
        assert words in message
    assert not [name for name in contents(tmp_path) if name.startswith("val.de")]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(LIST[:-1], id="a byte short"),
        pytest.param(LIST[: len(LIST) // 2], id="half"),
        pytest.param(LIST[:60_000] + b"XX" + LIST[60_002:], id="other bytes inside"),
        pytest.param(encrypted(LIST), id="encrypted"),
        pytest.param(misplaced(LIST), id="misplaced"),
        pytest.param(misnamed(LIST), id="misnamed"),
        pytest.param(b"<html>", id="something else"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_zip_that_is_not_whole_is_not_kept(
    corpus: KnownCorpus, server: Server, tmp_path: Path, content: bytes
) -> None:
    server.files["/fra-eng.zip"] = content
    message = failure(corpus, tmp_path)
    assert f"{server.url}fra-eng.zip" in message
    assert re.search("is no whole .zip file|is a zip whose fra.txt is damaged", message)
    assert contents(tmp_path) == {}


def test_a_gzip_without_a_known_checksum_has_to_be_whole(
    parts: KnownCorpus, server: Server, tmp_path: Path
) -> None:
    unknown = replace(parts, files=tuple(replace(file, sha256=None) for file in parts.files))
    server.files["/val.en.gz"] = PARTS["val.en.gz"][:-5]
    assert "val.en.gz is no whole .gz file" in failure(unknown, tmp_path)
    server.files["/val.en.gz"] = PARTS["val.en.gz"]
    list(download(unknown, tmp_path))
    assert contents(tmp_path) == PARTS


def test_a_file_that_has_changed_since_is_fetched_again(
    corpus: KnownCorpus, server: Server, tmp_path: Path
) -> None:
    list(download(corpus, tmp_path))
    (tmp_path / "fra-eng.zip").write_bytes(NEWER)  # whole, but not what was fetched
    list(download(corpus, tmp_path))
    assert len(server.log) == 2
    assert contents(tmp_path) == {"fra-eng.zip": LIST}


def test_a_newer_list_is_recorded_in_its_turn(corpus: KnownCorpus, server: Server, tmp_path: Path) -> None:
    list(download(corpus, tmp_path))
    (tmp_path / "fra-eng.zip").unlink()
    server.files["/fra-eng.zip"] = NEWER
    list(download(corpus, tmp_path))
    assert list(download(corpus, tmp_path)) == []
    assert contents(tmp_path) == {"fra-eng.zip": NEWER}


def test_a_file_that_was_put_there_by_hand_serves_if_it_is_whole(
    offline: KnownCorpus, tmp_path: Path
) -> None:
    (tmp_path / "fra-eng.zip").write_bytes(LIST)
    assert list(download(offline, tmp_path)) == []
    assert sha256(LIST) in (tmp_path / "SHA256SUMS").read_text()
    (tmp_path / "SHA256SUMS").unlink()
    (tmp_path / "fra-eng.zip").write_bytes(LIST[:-10])
    assert f"{tmp_path / 'fra-eng.zip'} is damaged" in failure(offline, tmp_path)


@many
@given(
    place=st.integers(0, 300),
    junk=st.binary(max_size=4),
    method=st.sampled_from([None, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]),
)
def test_a_damaged_file_is_never_taken_for_a_whole_one_nor_a_crash(
    tmp_path_factory: pytest.TempPathFactory, place: int, junk: bytes, method: int | None
) -> None:
    text = random.Random(3).randbytes(100).hex().encode()
    folder = tmp_path_factory.mktemp("damaged")
    corpus = Tatoeba("http://127.0.0.1:1/").corpus("tatoeba:eng-fra", "eng", "fra")
    if method is None:
        corpus = replace(corpus, files=(replace(corpus.files[0], name="fra.txt.gz"),))
    whole = gzip.compress(text) if method is None else zipped(text, method)
    path = folder / corpus.files[0].name
    path.write_bytes(whole[:place] + junk + whole[place + 1 :])
    try:
        list(download(corpus, folder))
    except CorpusError:
        return
    if method is None:
        assert gzip.decompress(path.read_bytes()) == text
    else:
        with zipfile.ZipFile(path) as archive:
            assert all(archive.read(name) == text for name in archive.namelist())


def test_a_file_that_does_not_exist_is_named(corpus: KnownCorpus, server: Server, tmp_path: Path) -> None:
    del server.files["/fra-eng.zip"]
    message = failure(corpus, tmp_path)
    assert f"There is no file at {server.url}fra-eng.zip" in message
    assert contents(tmp_path) == {}


@pytest.mark.parametrize(("status", "reason"), [(500, "Internal Server Error"), (403, "Forbidden")])
def test_what_the_server_answers_is_named(
    corpus: KnownCorpus, server: Server, tmp_path: Path, status: int, reason: str
) -> None:
    server.status = status
    message = failure(corpus, tmp_path)
    assert f"{server.url}fra-eng.zip" in message
    assert f"{status} {reason}" in message


def test_without_a_network_the_hint_is_to_fetch_it_elsewhere(offline: KnownCorpus, tmp_path: Path) -> None:
    message = failure(offline, tmp_path)
    url = offline.files[0].url
    assert message == (
        f"Cannot fetch {url}: Connection refused. "
        f"Try again later, or fetch {url} elsewhere and pass the file: s2s prepare-data fra-eng.zip"
    )
    back = Tatoeba(url.removesuffix("fra-eng.zip")).corpus("tatoeba:fra-eng", "fra", "eng")
    assert failure(back, tmp_path).endswith("s2s prepare-data fra-eng.zip --set data.reverse=true")


def test_without_a_network_all_files_of_a_folder_are_named(offline: KnownCorpus, tmp_path: Path) -> None:
    base = offline.files[0].url.removesuffix("fra-eng.zip")
    message = failure(Multi30k(base).corpus("multi30k:de-en", "de", "en"), tmp_path)
    assert all(base + name in message for name in PARTS)
    assert message.endswith("s2s prepare-data FOLDER")


def test_without_a_network_nothing_is_lost_and_nobody_waits(
    corpus: KnownCorpus, offline: KnownCorpus, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.cuts = [50_000] * 4
    failure(corpus, tmp_path)
    monkeypatch.setattr(module, "_PAUSES", (1000,))
    assert "Connection refused" in failure(offline, tmp_path)
    assert (tmp_path / "fra-eng.zip.part").read_bytes() == LIST[:200_000]


def test_without_a_network_a_damaged_copy_is_an_error(
    corpus: KnownCorpus, offline: KnownCorpus, tmp_path: Path
) -> None:
    list(download(corpus, tmp_path))
    path = tmp_path / "fra-eng.zip"
    path.write_bytes(NEWER)
    assert f"The copy {path} is damaged." in failure(offline, tmp_path)


def test_a_cache_that_cannot_be_written_is_named(corpus: KnownCorpus, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="S2S_CACHE") as caught:
        list(download(corpus, tmp_path / "file" / "cache"))
    assert str(tmp_path / "file") in str(caught.value)
    (tmp_path / "fra-eng.zip.part").mkdir()
    with pytest.raises(OutputError, match=r"fra-eng\.zip\.part"):
        list(download(corpus, tmp_path))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_named(corpus: KnownCorpus, tmp_path: Path) -> None:
    (tmp_path / "fra-eng.zip.part").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left on device"):
        list(download(corpus, tmp_path))


def test_the_cache_is_where_the_environment_says(
    corpus: KnownCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S2S_CACHE", str(tmp_path / "cache"))
    assert cache_folder() == tmp_path / "cache"
    list(download(corpus))
    assert corpus_folder(corpus) == tmp_path / "cache" / "tatoeba-eng-fra"
    assert contents(corpus_folder(corpus)) == {"fra-eng.zip": LIST}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the folder has other names")
def test_the_cache_is_the_users_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("S2S_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "s2s"


@pytest.mark.parametrize("library", ["pooch", "requests"])
def test_a_missing_library_is_an_extra_to_install(
    corpus: KnownCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.delenv("S2S_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(CorpusError) as caught:
        list(download(corpus))
    assert library in caught.value.message
    assert "pip install 'seq2seq-cli[download]'" in caught.value.hint


def test_nothing_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, seq2seq_cli.corpus.sources.download;"
        "sys.exit(bool({'requests', 'pooch', 'urllib3', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
