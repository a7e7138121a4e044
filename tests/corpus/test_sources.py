"""Where pairs come from: every form of file that users have, whole and damaged."""

import contextlib
import hashlib
import os
import random
import zipfile
from pathlib import Path

import pytest

from seq2seq_cli.corpus import sample
from seq2seq_cli.corpus.prepare import prepare
from seq2seq_cli.corpus.sources import SOURCES, open_source, tab_separated
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.errors import CorpusError

PAIRS = [("I'm glad.", "Je suis content."), ("Yes.", "Oui."), ("Summer's here.", "C'est l'été.")]
TEXT = "".join(f"{first}\t{second}\n" for first, second in PAIRS)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "fra-eng.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("_about.txt", "This data is from the sentences.")
        file.writestr("fra.txt", TEXT)
    return path


def pairs_of(path: Path) -> list[tuple[str, str]]:
    return list(open_source(str(path)).pairs())


def error_of(path: Path) -> str:
    with pytest.raises(CorpusError) as caught:
        pairs_of(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_the_sample_is_embedded() -> None:
    source = open_source("sample")
    assert source.name == "sample"
    assert list(source.pairs()) == list(sample.sentence_pairs())
    lines = "".join(f"{first}\t{second}\n" for first, second in sample.sentence_pairs())
    assert source.checksum == hashlib.sha256(lines.encode()).hexdigest()
    assert "sample" in SOURCES


@pytest.mark.parametrize("name", ["pairs.tsv", "pairs.txt", "pairs", "odd name é.data"])
def test_a_file_of_lines_with_a_tab_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(TEXT, encoding="utf-8")
    assert pairs_of(path) == PAIRS


def test_a_source_knows_its_name_and_checksum_and_can_be_read_twice(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(TEXT, encoding="utf-8")
    source = open_source(str(path))
    assert source.name == str(path)
    assert source.checksum == hashlib.sha256(path.read_bytes()).hexdigest()
    assert list(source.pairs()) == list(source.pairs()) == PAIRS


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"yes\toui\tCC-BY 2.0 (France)\t#1\n", [("yes", "oui")]),
        (b"\nyes\toui\n\n   \nno\tnon\n\n", [("yes", "oui"), ("no", "non")]),
        (b"yes\toui\r\nno\tnon\r\n", [("yes", "oui"), ("no", "non")]),
        (b"yes\toui\r\n\r\nno\tnon\tcc\r\n", [("yes", "oui"), ("no", "non")]),
        (b"\xef\xbb\xbfyes\toui\nno\tnon\n", [("yes", "oui"), ("no", "non")]),
        (b"yes\toui\nno\tnon", [("yes", "oui"), ("no", "non")]),
        ("été\tsummer\u2028 time\n".encode(), [("été", "summer\u2028 time")]),
        (b"yes\t\n\toui\n", [("yes", ""), ("", "oui")]),
        (b"", []),
    ],
    ids=["columns", "blank", "crlf", "crlf-blank", "bom", "no-last-newline", "separators", "half", "empty"],
)
def test_lines_are_read_as_people_write_them(
    tmp_path: Path, content: bytes, expected: list[tuple[str, str]]
) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content)
    assert pairs_of(path) == expected


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"yes\toui\n\nno tab here\nno\tnon\n", 3, "no tab in 'no tab here'"),
        (b"yes;oui\n", 1, "no tab in 'yes;oui'"),
        (b"yes\toui\n\xe9t\xe9\tsummer\n", 2, "not valid UTF-8 (byte 1 of the line)"),
        ("summer\tété\n".encode("latin-1"), 1, "not valid UTF-8 (byte 8 of the line)"),
        ("yes\toui\n".encode("utf-16"), 1, "not valid UTF-8 (byte 1 of the line)"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, line: int, reason: str) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content)
    assert f"{path}, line {line}: {reason}" in error_of(path)


def test_the_pairs_before_a_bad_line_are_still_given(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("yes\toui\nno\n", encoding="utf-8")
    pairs = tab_separated(path)
    assert next(pairs) == ("yes", "oui")
    with pytest.raises(CorpusError, match="line 2"):
        next(pairs)


def test_a_long_line_is_shortened_in_the_message(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("word " * 1000, encoding="utf-8")
    assert len(error_of(path)) < len(str(path)) + 250


def test_a_missing_file_is_named_and_the_embedded_corpora_listed(tmp_path: Path) -> None:
    message = error_of(tmp_path / "missing.tsv")
    assert "no file" in message
    assert "sample" in message


def test_a_folder_is_no_source(tmp_path: Path) -> None:
    assert "is a folder" in error_of(tmp_path)


def test_an_empty_file_gives_nothing_to_prepare(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(b"")
    with pytest.raises(CorpusError, match="empty"):
        prepare(
            open_source(str(path)).pairs(),
            TextPipeline(),
            max_length=10,
            prefixes=[],
            held_out=[],
            reverse=False,
            autoencoder=False,
            min_frequency=1,
            max_vocabulary=None,
            split=[0.8, 0.1, 0.1],
            seed=1,
        )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_read_permission_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(TEXT, encoding="utf-8")
    path.chmod(0)
    assert "Permission denied" in error_of(path)


def test_a_file_that_vanishes_after_opening_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(TEXT, encoding="utf-8")
    source = open_source(str(path))
    path.unlink()
    with pytest.raises(CorpusError, match=r"Cannot read .*pairs\.tsv"):
        list(source.pairs())


def test_the_one_text_in_a_zip_is_read_and_notes_are_passed_over(archive: Path) -> None:
    assert pairs_of(archive) == PAIRS


def test_a_zip_is_known_by_what_it_holds_and_not_by_its_name(archive: Path) -> None:
    assert pairs_of(archive.rename(archive.with_suffix(".data"))) == PAIRS


@pytest.mark.parametrize(
    "names", [("a.txt", "b.txt"), ("_about.txt",), ("picture.png",), ("deep/a.tsv", "b.txt"), ()]
)
def test_a_zip_without_exactly_one_text_says_what_it_holds(tmp_path: Path, names: tuple[str, ...]) -> None:
    path = tmp_path / "pairs.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, TEXT)
    message = error_of(path)
    assert "one .txt or .tsv file" in message
    assert all(name in message for name in names)


def test_a_text_in_a_folder_of_a_zip_is_found(tmp_path: Path) -> None:
    path = tmp_path / "pairs.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("fra/FRA.TXT", TEXT)
        file.writestr("__MACOSX/fra/._FRA.TXT", b"\x00\x05\x16\x07")
    assert pairs_of(path) == PAIRS


def test_a_bad_line_in_a_zip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pairs.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("pairs.txt", "yes\toui\nno\n")
    assert "line 2: no tab" in error_of(path)


def test_a_truncated_zip_is_refused_wherever_it_ends(archive: Path) -> None:
    whole = archive.read_bytes()
    for length in range(0, len(whole), 7):
        archive.write_bytes(whole[:length])
        error_of(archive)


@pytest.mark.parametrize("content", [b"not a zip at all", b"", b"PK\x03\x04" + bytes(100), TEXT.encode()])
def test_garbage_called_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pairs.zip"
    path.write_bytes(content)
    assert "not a zip file" in error_of(path)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("pairs.txt", TEXT)
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag in the member's own header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    path.write_bytes(content)
    assert "password" in error_of(path)


def test_a_zip_whose_text_was_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.zip"
    with zipfile.ZipFile(path, "w") as file:  # stored as it is, so only the checksum can tell
        file.writestr("pairs.txt", TEXT)
    path.write_bytes(path.read_bytes().replace(b"glad", b"sad!"))
    assert "CRC" in error_of(path)


def test_a_zip_with_any_changed_byte_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("pairs.txt", "".join(f"I am {i}\tJe suis {i}\n" for i in range(300)))
    whole, generator = path.read_bytes(), random.Random(1)
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[generator.randrange(len(whole))] ^= generator.randrange(1, 256)
        path.write_bytes(damaged)
        with contextlib.suppress(CorpusError):
            list(open_source(str(path)).pairs())


def test_a_name_too_long_for_a_file_is_no_source() -> None:
    with pytest.raises(CorpusError):
        open_source("a" * 5000)
