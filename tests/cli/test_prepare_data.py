"""s2s prepare-data: from a source to a data set, and what stands in its way."""

import errno
import json
import os
import zipfile
from pathlib import Path

import pytest

from seq2seq_cli.corpus.dataset import Dataset

LINES = b"I'm wise.\tJe suis sage.\nYou're wise.\tTu es sage.\nHe's wise.\tIl est sage.\n"


def written(folder, content, name="corpus.tsv"):
    (folder / name).write_bytes(content)
    return name


def test_it_says_what_was_read_dropped_and_kept(empty_folder, succeeds):
    long = b"a " * 20 + b"\tb\n"
    table = succeeds("prepare-data", written(empty_folder, LINES + long + b"!\t?\n" + LINES))
    rows = {words[0]: words for words in map(str.split, table.splitlines()) if words}
    assert rows["read"][1] == "8"
    assert rows["kept"][1] == "3"
    for reason in ("dropped: too long", "dropped: empty", "dropped: duplicate"):
        assert reason in table


def test_json_holds_the_same_numbers(empty_folder, succeeds):
    document = json.loads(succeeds("prepare-data", written(empty_folder, LINES), "--json"))
    assert document["folder"] == "data/corpus"
    assert document["counts"]["read"] == 3
    assert document["settings"]["source"] == "corpus.tsv"


@pytest.mark.parametrize(
    "name",
    ["corpus.tsv", "my corpus.txt", "corpus: a #1.tsv", "'no'.tsv", "ça va.tsv", "no", "1", "'\"", "é\\n"],
)
def test_a_source_may_be_called_what_one_likes(name, empty_folder, succeeds):
    document = json.loads(
        succeeds("prepare-data", written(empty_folder, LINES, name), "--out", "d", "--json")
    )
    assert document["settings"]["source"] == name


def test_a_zip_of_one_text_file_is_read(empty_folder, succeeds):
    with zipfile.ZipFile("fra-eng.zip", "w") as archive:
        archive.writestr("fra.txt", LINES)
        archive.writestr("_about.txt", "nothing")
    assert "3" in succeeds("prepare-data", "fra-eng.zip")
    assert (empty_folder / "data" / "fra-eng" / "data.yaml").is_file()


def test_set_wins_over_yaml_and_the_argument_over_both(workplace, succeeds):
    written(workplace, b"data: {max_length: 4, source: other.tsv, seed: 3}\n", "mine.yaml")
    arguments = [
        "pairs.tsv",
        "--config",
        "mine.yaml",
        "--set",
        "data.max_length=6",
        "--out",
        "data/new",
        "--json",
    ]
    settings = json.loads(succeeds("prepare-data", *arguments))["settings"]
    assert (settings["max_length"], settings["seed"], settings["source"]) == (6, 3, "pairs.tsv")


def test_a_held_out_sentence_that_does_not_occur_is_reported(workplace, succeeds):
    arguments = ["--set", 'data.held_out=["this is nowhere"]', "--out", "data/new"]
    assert "this is nowhere" in succeeds("prepare-data", "pairs.tsv", *arguments)


def test_force_replaces_a_data_set_and_leaves_nothing_behind(workplace, succeeds):
    before = Dataset(workplace / "data" / "pairs").metadata
    succeeds("prepare-data", "pairs.tsv", "--set", "data.seed=7", "--force")
    assert (
        Dataset(workplace / "data" / "pairs").metadata["settings"]["seed"] == 7 != before["settings"]["seed"]
    )
    assert [path.name for path in (workplace / "data").iterdir()] == ["pairs"]


# Bad input


def test_a_missing_corpus(workplace, fails):
    fails("prepare-data", "nowhere.tsv", mentions=["nowhere.tsv", "sample", "<tab>"])


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\r\n  \r\n"])
def test_an_empty_corpus(workplace, fails, content):
    fails("prepare-data", written(workplace, content), mentions=["empty"])


def test_a_corpus_of_which_nothing_is_left(workplace, fails):
    mentions = ["300 pairs", "too long", "data.max_length"]
    fails("prepare-data", "pairs.tsv", "--set", "data.max_length=2", "--out", "data/new", mentions=mentions)


@pytest.mark.parametrize("key", ["prefixes", "held_out"])
@pytest.mark.parametrize("text", ["?!", ". . ."])
def test_a_setting_that_should_hold_words_and_holds_none(workplace, fails, key, text):
    arguments = ["pairs.tsv", "--set", f"data.{key}=[i m, '{text}']", "--out", "data/new"]
    fails("prepare-data", *arguments, mentions=[f"data.{key}", f"'{text}'", "no word"])


def test_so_much_held_out_that_nothing_is_left_to_train_on(workplace, fails):
    name = written(workplace, b"I'm wise.\tJe suis sage.\nI'm good.\tJe suis sage.\n")
    arguments = [name, "--set", "data.held_out=[i m wise]"]
    fails("prepare-data", *arguments, mentions=["left to train on", "data.held_out"])


def test_a_line_without_a_tab(workplace, fails):
    name = written(workplace, LINES + b"no tab here\n")
    fails("prepare-data", name, mentions=[name, "line 4", "no tab here"])


def test_a_corpus_that_is_not_utf8(workplace, fails):
    name = written(workplace, LINES + "été\tsummer\n".encode("latin-1"))
    fails("prepare-data", name, mentions=[name, "line 4", "UTF-8", "iconv"])


def test_a_corpus_that_is_a_folder(workplace, fails):
    fails("prepare-data", "data", mentions=["data is a folder"])


@pytest.mark.parametrize("content", [b"no zip", b"PK\x03\x04 half a zip"])
def test_a_zip_that_is_none(workplace, fails, content):
    fails("prepare-data", written(workplace, content, "broken.zip"), mentions=["broken.zip"])


def test_a_zip_without_text(workplace, fails):
    with zipfile.ZipFile("photos.zip", "w") as archive:
        archive.writestr("a.jpg", "")
    fails("prepare-data", "photos.zip", mentions=["photos.zip", "a.jpg", ".tsv"])


def test_data_that_stand_there_already(workplace, fails):
    fails("prepare-data", "pairs.tsv", mentions=["data/pairs already exists", "--force", "--out"])


def test_force_replaces_no_folder_of_something_else(workplace, fails):
    arguments = ["pairs.tsv", "--force", "--out", "runs"]
    fails("prepare-data", *arguments, mentions=["runs is not a prepared data set", "--out"])


def test_force_keeps_the_old_data_when_the_new_ones_cannot_be_read(workplace, fails):
    name = written(workplace, LINES + b"no tab here\n")
    fails("prepare-data", name, "--force", "--out", "data/pairs", mentions=["line 4"])


def test_force_keeps_the_old_data_when_the_new_ones_cannot_take_their_place(workplace, fails, monkeypatch):
    rename = Path.rename

    def refuse_the_new_ones(self, target):
        if self.joinpath("data.yaml").exists() and Path(target) == Path("data/pairs") and not refused:
            refused.append(self)
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return rename(self, target)

    refused = []
    monkeypatch.setattr(Path, "rename", refuse_the_new_ones)
    arguments = ["pairs.tsv", "--set", "data.seed=7", "--force"]
    fails("prepare-data", *arguments, mentions=["Cannot write data/pairs", "Permission denied"])
    assert refused


@pytest.mark.parametrize("key", ["normalizer", "tokenizer"])
def test_an_unknown_way_to_read_text(workplace, fails, key):
    arguments = ["pairs.tsv", "--set", f"data.{key}=magic", "--out", "data/new"]
    fails("prepare-data", *arguments, mentions=[key, "'magic'", "Choose from"])


def test_a_target_below_a_file(workplace, fails):
    fails("prepare-data", "pairs.tsv", "--out", "pairs.tsv/new", mentions=["Cannot write", "pairs.tsv/new"])
