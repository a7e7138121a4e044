"""Files in a folder, or in a zip: which are read, in which order, as which part."""

import gzip
import zipfile

import pytest

from seq2seq_cli.corpus.sources import open_source
from seq2seq_cli.errors import CorpusError


@pytest.fixture(params=["folder", "zip", "zip with a folder"])
def packed(request, tmp_path):
    """Write files into a folder or a zip, and return its path."""

    def write(*names: str, **contents: str):
        files = {**{name: content_of(name) for name in names}, **contents}
        if request.param == "folder":
            for name, content in files.items():
                path = tmp_path / "corpus" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            return tmp_path / "corpus"
        path = tmp_path / "corpus.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(f"corpus/{name}" if "with" in request.param else name, content)
        return path

    return write


def content_of(name: str) -> bytes:
    """Two lines that say where they stand; two columns of them for files of pairs."""
    pairs = any(suffix in name for suffix in (".tsv", ".csv", ".jsonl", ".txt", "pairs"))
    separator = "," if ".csv" in name else "\t"
    if ".jsonl" in name:
        text = "".join(f'{{"source": "{name} {n}", "target": "{n}"}}\n' for n in (1, 2))
    elif pairs and not any(f".{language}." in name for language in ("en", "fr")):
        text = "".join(f"{name} {n}{separator}{n}\n" for n in (1, 2))
    else:
        text = "".join(f"{name} {n}\n" for n in (1, 2))
    return gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()


def files_read(reading) -> list[tuple[str | None, str, str]]:
    """Return the part, and the first words of both columns, of every first line."""
    return [(part, *(text.split(" ")[0] for text in pair)) for part, pair in reading.parts[::2]]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("train.tsv test.tsv valid.tsv", "train:train.tsv valid:valid.tsv test:test.tsv"),
        ("TRAIN.tsv Dev.tsv", "train:TRAIN.tsv valid:Dev.tsv"),
        ("val.csv train.jsonl", "train:train.jsonl valid:val.csv"),
        ("validation-a.tsv.gz train_x.tsv", "train:train_x.tsv valid:validation-a.tsv.gz"),
        (
            "train-1-of-2.tsv train-0-of-2.tsv test.tsv",
            "train:train-0-of-2.tsv train:train-1-of-2.tsv test:test.tsv",
        ),
        ("train.tsv", "None:train.tsv"),
        ("train.2.tsv train.1.tsv", "None:train.1.tsv None:train.2.tsv"),
        ("train.tsv test.tsv trainer.tsv notes.pdf x.png", "train:train.tsv test:test.tsv"),
        ("README.md .hidden.tsv data/train.tsv data/test.tsv", "train:data/train.tsv test:data/test.tsv"),
        ("other.tsv train.tsv data/test.tsv", "None:train.tsv"),
        ("only.tsv LICENSE _about.txt more.xml", "None:only.tsv"),
        ("picture.png only.jsonl", "None:only.jsonl"),
        ("pairs", "None:pairs"),
    ],
)
def test_files_of_pairs_are_found_by_part(packed, read, names, expected) -> None:
    found = [f"{part}:{first}" for part, first, _ in files_read(read(packed(*names.split())))]
    assert found == expected.split()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("train.fr train.en", "None:train.en:train.fr"),
        ("corpus.fr corpus.en", "None:corpus.en:corpus.fr"),
        ("x.de-en.de x.de-en.en x.de-en.xml LICENSE", "None:x.de-en.de:x.de-en.en"),
        ("a.src a.tgt.gz", "None:a.src:a.tgt.gz"),
        ("a.en.txt a.fr.txt", "None:a.en.txt:a.fr.txt"),
        (
            "train.fr.gz train.en.gz val.en val.fr test_2017.en test_2017.fr test_2016.en test_2016.fr",
            "train:train.en.gz:train.fr.gz valid:val.en:val.fr"
            " test:test_2016.en:test_2016.fr test:test_2017.en:test_2017.fr",
        ),
        ("train.en train.fr test.tsv", "train:train.en:train.fr test:test.tsv:1"),
    ],
)
def test_aligned_pairs_are_found_by_language(packed, read, names, expected) -> None:
    found = [f"{part}:{first}:{second}" for part, first, second in files_read(read(packed(*names.split())))]
    assert found == expected.split()


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["fr", "de"], ("train.fr", "train.de")),
        (["en", "fr"], ("train.en", "train.fr")),
        (["3", "2"], ("train.fr", "train.en")),
    ],
)
def test_columns_choose_among_languages(packed, read, columns, expected) -> None:
    path = packed("train.de", "train.en", "train.fr")
    assert files_read(read(path, columns=columns)) == [(None, *expected)]


def test_notes_beside_the_folder_in_a_zip_do_not_hide_it(tmp_path, read) -> None:
    path = tmp_path / "corpus.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("README", "x")
        for name in ("__MACOSX/a/b/train.tsv", "a/b/test.tsv", "a/b/train.tsv"):
            archive.writestr(name, content_of(name))
    assert [part for part, *_ in files_read(read(path))] == ["train", "test"]


def test_three_languages_leave_a_question(packed, refused) -> None:
    message = refused(packed("train.de", "train.en", "train.fr"))
    assert "3 languages" in message
    assert "data.columns" in message


def test_a_language_that_is_not_there_is_named(packed, refused) -> None:
    path = packed("train.de", "train.en")
    assert "no column 'fr'" in refused(path, columns=["en", "fr"])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["train.en", "train.fr", "test.en"], "languages, not two"),
        (["train.de"], "languages, not two"),
        (["test_1.en", "test_2.fr"], "test_1.en has no partner in 'fr'"),
        (["train.tsv", "train.csv"], "files of different formats for train"),
        (["train.en", "train.fr", "train.tsv"], "files of different formats for train"),
        (["a.tsv", "b.tsv"], "does not say by its names what to read"),
        (["a.en", "b.en", "a.fr", "b.fr"], "does not say by its names what to read"),
        (["README"], "is empty, or holds notes alone"),
    ],
)
def test_what_cannot_be_told_is_said(packed, refused, names, message) -> None:
    path = packed(*names)
    found = refused(path)
    assert message in found
    assert str(path) in found
    assert "Wanted" in found or "data.columns" in found


def test_an_unclear_folder_is_refused_at_once_and_lists_what_is_there(tmp_path) -> None:
    for number in range(14):
        (tmp_path / f"{number:02}.tsv").write_text("yes\toui\n")
    with pytest.raises(CorpusError) as caught:
        open_source([str(tmp_path)])
    assert "00.tsv, 01.tsv" in str(caught.value)
    assert "and 4 more" in str(caught.value)


def test_a_format_that_is_asked_for_settles_the_question(packed, read) -> None:
    path = packed(**{"train.one": b"a,b\n", "train.two": b"c,d\n"})
    assert read(path, format="csv").pairs == [("a", "b"), ("c", "d")]
    assert read(path, format="lines").pairs == [("a,b", "c,d")]


def test_prepared_data_are_no_source(tmp_path, refused) -> None:
    (tmp_path / "data.yaml").write_text("x: 1\n")
    (tmp_path / "train.arrow").write_bytes(b"ARROW1")
    assert f"{tmp_path} holds data that are prepared already" in refused(tmp_path)


def test_an_empty_folder_is_refused(tmp_path, refused) -> None:
    assert f"{tmp_path} is empty" in refused(tmp_path)


def test_the_fraction_is_over_all_files(packed, read) -> None:
    path = packed("train.tsv", "test.tsv", "valid.tsv")
    fractions = [block.fraction for block in read(path).blocks]
    assert fractions == pytest.approx([1 / 3, 2 / 3, 1], abs=0.03)
