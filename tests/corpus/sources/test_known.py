"""Names of known corpora, and what they stand for."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.sources.known import CORPORA, Multi30k, Tatoeba, find_known
from seq2seq_cli.errors import CorpusError

many = settings(derandomize=True, deadline=None, max_examples=100)
codes = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=3).filter(lambda code: code != "eng")


@many
@given(codes)
def test_a_list_of_tatoeba_is_one_zip_whose_first_column_is_english(code: str) -> None:
    there, back = find_known(f"tatoeba:eng-{code}"), find_known(f"tatoeba:{code}-eng")
    assert there is not None
    assert back is not None
    assert [file.url for file in there.files] == [f"https://www.manythings.org/anki/{code}-eng.zip"]
    assert [file.name for file in there.files] == [f"{code}-eng.zip"]
    assert there.files[0].sha256 is None
    assert there.files == back.files
    assert (there.columns, back.columns) == (("1", "2"), ("2", "1"))
    assert "CC BY 2.0" in there.licence


def test_multi30k_is_three_parts_in_two_languages() -> None:
    corpus = find_known("multi30k:de-en")
    assert corpus is not None
    assert corpus.name == "multi30k:de-en"
    assert corpus.columns == ("de", "en")
    assert sorted(file.name for file in corpus.files) == [
        "test_2016_flickr.de.gz",
        "test_2016_flickr.en.gz",
        "train.de.gz",
        "train.en.gz",
        "val.de.gz",
        "val.en.gz",
    ]
    base = "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/"
    assert all(file.url == base + file.name for file in corpus.files)
    assert all(re.fullmatch("[0-9a-f]{64}", file.sha256 or "") for file in corpus.files)
    assert len({file.sha256 for file in corpus.files}) == 6


def test_the_first_language_of_the_name_is_the_first_column() -> None:
    corpus = find_known("multi30k:en-cs")
    assert corpus is not None
    assert corpus.columns == ("en", "cs")
    known = {file.name for file in corpus.files if file.sha256}
    assert known == {"train.en.gz", "val.en.gz", "test_2016_flickr.en.gz"}


def test_what_is_opened_is_the_one_file_or_the_folder_of_several(tmp_path: Path) -> None:
    tatoeba, multi30k = find_known("tatoeba:eng-deu"), find_known("multi30k:fr-en")
    assert tatoeba is not None
    assert multi30k is not None
    assert tatoeba.sources(tmp_path) == (str(tmp_path / "deu-eng.zip"),)
    assert multi30k.sources(tmp_path) == (str(tmp_path),)


@pytest.mark.parametrize(("collection", "languages"), [(Tatoeba, ("eng", "fra")), (Multi30k, ("en", "fr"))])
def test_another_server_can_stand_in(
    collection: type[Tatoeba] | type[Multi30k], languages: tuple[str, str]
) -> None:
    corpus = collection(base_url="http://localhost/").corpus("name", *languages)
    assert all(file.url == f"http://localhost/{file.name}" for file in corpus.files)


@pytest.mark.parametrize(
    "name",
    [
        "sample",
        "-",
        "",
        ":",
        "pairs.tsv",
        "tatoeba",
        "multi30k",
        r"C:\data\pairs.tsv",
        "C:pairs.tsv",
        "D:/multi30k",
        "https://www.manythings.org/anki/fra-eng.zip",
        "data:train.tsv",
        "\0:a",
        "tatoba:" + "x" * 5000,
    ],
)
def test_what_is_no_name_of_a_known_corpus_is_left_to_others(name: str) -> None:
    assert find_known(name) is None


@many
@given(st.text(max_size=30))
def test_no_other_text_ever_becomes_a_corpus(text: str) -> None:
    assert find_known(text) is None
    for collection in CORPORA:
        with pytest.raises(CorpusError):
            find_known(f"{collection}:{text}-{text}")


@pytest.mark.parametrize(
    ("name", "mentions"),
    [
        ("tatoeba:xx", ["tatoeba:xx", "tatoeba:eng-fra"]),
        ("tatoeba:", ["tatoeba:eng-fra"]),
        ("tatoeba:eng-", ["tatoeba:eng-fra"]),
        ("tatoeba:-eng", ["tatoeba:eng-fra"]),
        ("tatoeba:deu-fra", ["eng", "tatoeba:eng-fra"]),
        ("tatoeba:eng-eng", ["eng", "tatoeba:eng-fra"]),
        ("tatoeba:eng-fr", ["'fr'", "three-letter"]),
        ("tatoeba:eng-FRA", ["'FRA'", "three-letter"]),
        ("tatoeba:eng-../", ["'../'", "three-letter"]),
        ("tatoeba:eng-fra-deu", ["'fra-deu'", "three-letter"]),
        ("multi30k:de", ["multi30k:de", "multi30k:de-en"]),
        ("multi30k:de-de", ["multi30k:de-de", "twice", "multi30k:de-en"]),
        ("multi30k:de-xx", ["'xx'", "cs, de, en, fr"]),
        ("multi30k:eng-de", ["'eng'", "Did you mean 'en'?"]),
        ("tatoba:eng-fra", ["'tatoba'", "no file tatoba:eng-fra", "Did you mean 'tatoeba:eng-fra'?"]),
        ("TATOEBA:eng-fra", ["Did you mean 'tatoeba:eng-fra'?"]),
        ("multi30:de-en", ["Did you mean 'multi30k:de-en'?"]),
    ],
)
def test_a_name_that_is_nearly_right_is_put_right(name: str, mentions: list[str]) -> None:
    with pytest.raises(CorpusError) as caught:
        find_known(name)
    for words in mentions:
        assert words in str(caught.value)


def test_a_file_of_a_misspelt_name_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tatoba:eng-fra").write_text("a\tb\n")
    assert find_known("tatoba:eng-fra") is None
