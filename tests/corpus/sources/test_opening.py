"""From what the user names to a source, and what is wrong with it."""

import pytest

from seq2seq_cli.corpus.sources import open_source
from seq2seq_cli.errors import ConfigError, CorpusError


@pytest.fixture
def corpus(tmp_path):
    (tmp_path / "corpus.en").write_text("yes\nno\n")
    (tmp_path / "corpus.fr").write_text("oui\nnon\n")
    (tmp_path / "pairs.tsv").write_text("yes\toui\n")
    return tmp_path


def test_a_missing_file_is_named_and_the_corpora_listed(tmp_path) -> None:
    path = tmp_path / "missing.tsv"
    with pytest.raises(CorpusError) as caught:
        open_source([str(path)])
    assert f"no file {path}" in str(caught.value)
    assert "sample" in str(caught.value)
    assert "tatoeba:eng-fra" in str(caught.value)


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b", "", "pairs.tsv/inside"])
def test_a_name_that_can_be_no_file_is_no_source(corpus, monkeypatch, name) -> None:
    monkeypatch.chdir(corpus)
    (corpus / "corpus.en").unlink()
    with pytest.raises(CorpusError) as caught:
        open_source([name])
    assert len(str(caught.value)) < 1000


def test_a_name_is_given_back_as_the_user_wrote_it(corpus, monkeypatch) -> None:
    monkeypatch.chdir(corpus)
    (corpus / "pairs.tsv").write_text("no tab\n")
    for name in ("pairs.tsv", "./pairs.tsv", "../" + corpus.name + "/pairs.tsv"):
        (block,) = open_source([name]).blocks()
        assert block.invalid[0].file == name
    (corpus / "train.tsv").write_text("no tab\n")
    (block,) = open_source(["./"]).blocks()
    assert block.invalid[0].file == "./train.tsv"


def test_two_files_are_the_two_columns(corpus, read) -> None:
    names = corpus / "corpus.fr", corpus / "corpus.en"
    assert read(*names).pairs == [("oui", "yes"), ("non", "no")]
    assert read(*names, format="lines").pairs == [("oui", "yes"), ("non", "no")]
    assert read(*names, columns=["en", "fr"]).pairs == [("yes", "oui"), ("no", "non")]
    assert read(*names, columns=["2", "1"]).pairs == [("yes", "oui"), ("no", "non")]
    assert open_source(list(map(str, names))).name == f"{names[0]} {names[1]}"


def test_two_files_have_two_languages(corpus, refused) -> None:
    assert "no column 'de'" in refused(corpus / "corpus.fr", corpus / "corpus.en", columns=["de", "en"])


def test_one_of_two_names_may_not_be_several_files(corpus, refused) -> None:
    (corpus / "pairs.tsv").unlink()
    assert f"{corpus} is more than one file" in refused(corpus, corpus / "corpus.en")


@pytest.mark.parametrize(
    ("names", "how", "message"),
    [
        (["pairs.tsv"], {"format": "tvs"}, "data.format: there is no format 'tvs'. Did you mean 'tsv'?"),
        (["pairs.tsv"], {"columns": ["1"]}, "data.columns has 1 entries"),
        (["pairs.tsv"], {"format": "lines"}, "data.format: lines wants two files"),
        (
            ["corpus.en", "corpus.fr"],
            {"format": "tsv"},
            "data.format: two files are read as aligned lines, not as tsv",
        ),
        ([], {}, "data.source has 0 entries"),
        (["a", "b", "c"], {}, "data.source has 3 entries"),
        (["sample"], {"format": "no"}, "data.format"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(corpus, monkeypatch, names, how, message) -> None:
    monkeypatch.chdir(corpus)
    with pytest.raises(ConfigError) as caught:
        open_source(names, **how)
    assert message in str(caught.value)
