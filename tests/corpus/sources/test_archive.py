"""Zip files: read where they lie, whole and damaged."""

import contextlib
import gzip
import random
import zipfile

import pytest

from seq2seq_cli.errors import CorpusError

PAIRS = [("I'm glad.", "Je suis content."), ("Yes.", "Oui."), ("Summer's here.", "C'est l'été.")]
TEXT = "".join(f"{first}\t{second}\n" for first, second in PAIRS)


@pytest.fixture
def zipped(tmp_path):
    def write(members, name="pairs.zip", method=zipfile.ZIP_DEFLATED):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", method) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    return write


@pytest.fixture
def fra_eng(zipped):
    return zipped({"_about.txt": "This data is from the sentences.", "fra.txt": TEXT}, "fra-eng.zip")


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_the_one_file_in_a_zip_is_read_and_notes_are_passed_over(zipped, read, method) -> None:
    notes = dict.fromkeys(
        ["README", "LICENSE.txt", "_about.txt", "data/.hidden", "__MACOSX/fra/._FRA.TXT"], "x"
    )
    assert read(zipped({**notes, "fra/FRA.TXT": TEXT}, method=method)).pairs == PAIRS


def test_a_zip_is_known_by_what_it_holds_and_not_by_its_name(fra_eng, read) -> None:
    assert read(fra_eng.rename(fra_eng.with_suffix(".data"))).pairs == PAIRS


def test_a_path_may_go_on_inside_a_zip(zipped, read, refused) -> None:
    path = zipped({"a.txt": TEXT, "deep/b.txt": "yes\toui\n", "_note": "no\tnon\n"})
    assert read(f"{path}/a.txt").pairs == PAIRS
    assert read(f"{path}/deep/b.txt").pairs == [("yes", "oui")]
    assert read(f"{path}/_note").pairs == [("no", "non")]
    message = refused(f"{path}/deep/c.txt")
    assert f"{path} holds no deep/c.txt" in message
    assert "Did you mean 'deep/b.txt'?" in message


def test_two_members_of_a_zip_may_be_named(zipped, read) -> None:
    path = zipped({"a.en": "yes\nno\n", "a.fr": "oui\nnon\n", "a.de": "ja\nnein\n"})
    assert read(f"{path}/a.fr", f"{path}/a.de").pairs == [("oui", "ja"), ("non", "nein")]


def test_names_that_lead_out_of_a_zip_are_harmless(zipped, read, tmp_path) -> None:
    path = zipped({"../evil.txt": TEXT})
    before = sorted(tmp_path.rglob("*"))
    assert read(path).pairs == PAIRS
    assert read(f"{path}/../evil.txt").pairs == PAIRS
    assert sorted(tmp_path.rglob("*")) == before
    assert not (tmp_path.parent / "evil.txt").exists()
    assert read(zipped({"/etc/passwd": TEXT})).pairs == PAIRS


def test_a_member_may_be_compressed_itself(zipped, read, refused) -> None:
    whole = gzip.compress(TEXT.encode())
    assert read(zipped({"pairs.tsv.gz": whole})).pairs == PAIRS
    assert "pairs.tsv.gz is cut off" in refused(zipped({"pairs.tsv.gz": whole[:-3]}))


def test_a_zip_in_a_zip_is_refused(zipped, refused) -> None:
    inner = zipped({"a.txt": TEXT}, "inner.zip").read_bytes()
    assert "inner.zip is a zip where none can be opened" in refused(zipped({"inner.zip": inner}))


@pytest.mark.parametrize("names", [("a.txt", "b.txt"), ("deep/a.tsv", "b.txt"), ("a.jsonl", "b.csv", "c")])
def test_a_zip_of_several_files_says_what_it_holds_and_how_to_name_one(zipped, refused, names) -> None:
    path = zipped(dict.fromkeys(names, TEXT))
    message = refused(path)
    assert all(name in message for name in names)
    assert f"{path}/{min(names)}" in message


@pytest.mark.parametrize("names", [(), ("_about.txt",), ("README.md", "__MACOSX/a.txt")])
def test_a_zip_of_notes_has_nothing_to_read(zipped, refused, names) -> None:
    path = zipped(dict.fromkeys(names, TEXT))
    assert f"{path} is empty, or holds notes alone" in refused(path)


def test_a_bad_line_in_a_zip_is_named(zipped, read) -> None:
    path = zipped({"pairs.txt": "yes\toui\nno\n"})
    (fault,) = read(path).blocks[0].invalid
    assert str(fault) == f"{path}/pairs.txt, line 2: no tab"


def test_a_zip_that_is_cut_off_anywhere_is_refused(fra_eng, refused) -> None:
    whole = fra_eng.read_bytes()
    for length in range(len(whole)):
        fra_eng.write_bytes(whole[:length])
        message = refused(fra_eng)
        assert f"{fra_eng} is cut off" in message if length > 3 else "not a zip file" in message


@pytest.mark.parametrize("content", [b"not a zip at all", b"", TEXT.encode()])
def test_garbage_called_zip_is_refused(tmp_path, refused, content) -> None:
    path = tmp_path / "pairs.zip"
    path.write_bytes(content)
    assert f"{path} is not a zip file" in refused(path)


def test_an_encrypted_zip_is_refused(zipped, refused) -> None:
    path = zipped({"pairs.txt": TEXT})
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag in the member's own header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    path.write_bytes(content)
    message = refused(path)
    assert f"{path} is encrypted" in message
    assert "password" in message


def test_a_zip_whose_text_was_changed_is_refused(zipped, refused) -> None:
    path = zipped({"pairs.txt": TEXT}, method=zipfile.ZIP_STORED)  # so only the checksum can tell
    path.write_bytes(path.read_bytes().replace(b"glad", b"sad!"))
    assert "CRC" in refused(path)


def test_a_zip_with_any_changed_byte_is_read_or_refused(zipped, read) -> None:
    path = zipped({"pairs.txt": "".join(f"I am {i}\tJe suis {i}\n" for i in range(300))})
    whole, generator = path.read_bytes(), random.Random(1)
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[generator.randrange(len(whole))] ^= generator.randrange(1, 256)
        path.write_bytes(damaged)
        with contextlib.suppress(CorpusError):
            read(path)


@pytest.mark.parametrize("name", ["", ".", "..", "a/.", "a/..", "/", "a/"])
def test_a_member_that_no_file_could_be_called_is_passed_over(tmp_path, read, refused, name) -> None:
    path = tmp_path / "corpus.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"no pair")
    assert "is empty, or holds notes alone" in refused(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("pairs.tsv", b"yes\toui\n")
    assert read(path).pairs == [("yes", "oui")]
