"""What can be opened: checksums, standard input, named pipes."""

import gzip
import hashlib
import io
import os
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from seq2seq_cli.corpus.sources import open_source
from seq2seq_cli.errors import CorpusError

TEXT = b"yes\toui\nno\tnon\n"
PAIRS = [("yes", "oui"), ("no", "non")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def piped(monkeypatch):
    def pipe(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return pipe


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_source_of_a_file_can_be_read_twice_and_has_its_checksum(tmp_path) -> None:
    path = tmp_path / "pairs.gz"
    path.write_bytes(gzip.compress(TEXT))
    source = open_source([str(path)])
    assert source.name == str(path)
    assert source.checksum() == sha256(path.read_bytes())
    assert [len(block) for block in source.blocks()] == [len(block) for block in source.blocks()] == [2]


def test_the_checksum_of_several_files_is_over_all_their_bytes(tmp_path) -> None:
    for name, content in (
        ("train.en", b"a\n"),
        ("train.fr", b"b\n"),
        ("test.en", b"c\n"),
        ("test.fr", b"d\n"),
    ):
        (tmp_path / name).write_bytes(content)
    assert open_source([str(tmp_path)]).checksum() == sha256(b"a\nb\nc\nd\n")
    assert open_source([str(tmp_path / "test.fr"), str(tmp_path / "test.en")]).checksum() == sha256(b"d\nc\n")


def test_the_checksum_of_a_zip_is_that_of_the_zip(tmp_path) -> None:
    path = tmp_path / "corpus.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.en", "yes\n")
        archive.writestr("a.fr", "oui\n")
    assert open_source([str(path)]).checksum() == sha256(path.read_bytes())


def test_a_file_that_vanishes_after_opening_is_named(tmp_path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(TEXT)
    source = open_source([str(path)])
    path.unlink()
    with pytest.raises(CorpusError, match=r"Cannot read .*pairs\.tsv: No such file"):
        list(source.blocks())
    with pytest.raises(CorpusError, match=r"Cannot read .*pairs\.tsv"):
        source.checksum()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_read_permission_is_named_at_once(tmp_path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(TEXT)
    path.chmod(0)
    with pytest.raises(CorpusError, match="Permission denied"):
        open_source([str(path)])


@pytest.mark.parametrize(
    "content",
    [TEXT, gzip.compress(TEXT), b'{"en": "yes", "fr": "oui"}\n{"en": "no", "fr": "non"}'],
    ids=["tsv", "tsv.gz", "jsonl"],  # what gzip makes holds the time, and a test's name must not
)
def test_standard_input_is_read_and_its_form_recognised(piped, read, content) -> None:
    piped(content)
    reading = read("-")
    assert reading.pairs == PAIRS
    assert {block.fraction for block in reading.blocks} == {None}


def test_standard_input_takes_a_format(piped, read) -> None:
    piped(b"yes,oui\nno,non\n")
    assert read("-", format="csv").pairs == PAIRS


def test_standard_input_can_be_read_once_and_knows_its_checksum_then(piped) -> None:
    piped(gzip.compress(TEXT))
    source = open_source(["-"])
    assert [len(block) for block in source.blocks()] == [2]
    assert source.checksum() == sha256(gzip.compress(TEXT))
    assert not sys.stdin.buffer.closed
    with pytest.raises(CorpusError, match="Standard input can be read only once"):
        list(source.blocks())


def test_a_fault_in_standard_input_is_named(piped, read, refused) -> None:
    piped(b"yes\n")
    assert [str(fault) for fault in read("-").blocks[0].invalid] == ["standard input, line 1: no tab"]
    piped(gzip.compress(TEXT)[:-5])
    assert "standard input is cut off" in refused("-")


def test_a_zip_in_standard_input_is_refused(piped, refused) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("pairs.tsv", TEXT)
    piped(data.getvalue())
    assert "standard input is a zip" in refused("-")


def test_a_terminal_is_told_what_to_pipe(monkeypatch, refused) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert "s2s prepare-data -" in refused("-")
    monkeypatch.setattr(sys, "stdin", None)
    assert "s2s prepare-data -" in refused("-")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_read_once(tmp_path) -> None:
    path = tmp_path / "pairs"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(TEXT))
    source = open_source([str(path)])
    writer.start()
    (block,) = source.blocks()
    writer.join()
    assert block.first.to_pylist() == ["yes", "no"]
    assert block.fraction is None
    assert source.checksum() == sha256(TEXT)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices here")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom", "/dev/null"])
def test_a_device_is_refused(refused, device) -> None:
    assert f"{device} is a device, not a file" in refused(device)
