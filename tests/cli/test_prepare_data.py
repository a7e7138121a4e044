"""s2s prepare-data: from a source to a data set, and what stands in its way."""

import bz2
import csv
import errno
import gzip
import json
import lzma
import os
import re
import shutil
import zipfile
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.corpus.sample import sentence_pairs
from seq2seq_cli.corpus.text import TOKENIZERS

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


# Sources of every form


def files_of(folder):
    """Return the contents of a data set's files, but for data.yaml, which knows where the pairs came from."""
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.name != "data.yaml"}


def forms(pairs, languages=("en", "fr")):
    """Write pairs in every form; yield the arguments that name each, and what stands on standard input."""
    first, second = languages
    lines = "".join(f"{a}\t{b}\n" for a, b in pairs).encode()
    flat = "".join(json.dumps({"source": a, "target": b}) + "\n" for a, b in pairs).encode()
    nested = "".join(
        json.dumps({"id": n, "translation": {first: a, second: b}}, ensure_ascii=False) + "\n"
        for n, (a, b) in enumerate(pairs)
    ).encode()
    table = pa.table({"source": [a for a, _ in pairs], "target": [b for _, b in pairs]})
    pq.write_table(table, "pairs.parquet", row_group_size=50)
    with pa.OSFile("pairs.arrow", "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=70)
    with Path("pairs.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("source", "target"), *pairs])
    for side, language in enumerate(languages):
        text = "".join(f"{pair[side]}\r\n" for pair in pairs).encode()
        Path(f"lines.{language}.gz").write_bytes(gzip.compress(text, 1))
    with zipfile.ZipFile("all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", "about it")
        archive.writestr("fra.txt", lines)
    yield [written(Path(), lines, "lines.tsv")], b""
    yield [written(Path(), b"\xef\xbb\xbf" + lines.replace(b"\n", b"\r\n"), "bom.txt")], b""
    yield [written(Path(), bz2.compress(lines, 1), "lines.bz2")], b""
    yield [written(Path(), lzma.compress(lines, preset=0), "lines.xz")], b""
    yield [written(Path(), pa.compress(lines, codec="zstd", asbytes=True), "lines.zst")], b""
    yield [written(Path(), flat, "flat.jsonl")], b""
    yield [written(Path(), nested, "nested.jsonl")], b""
    yield ["pairs.csv"], b""
    yield ["pairs.parquet"], b""
    yield ["pairs.arrow"], b""
    yield [f"lines.{first}.gz", f"lines.{second}.gz"], b""
    yield ["all.zip"], b""
    yield ["all.zip/fra.txt"], b""
    yield ["-"], lines
    yield ["-"], gzip.compress(nested)
    yield ["-"], Path("pairs.parquet").read_bytes()
    yield ["-", "--format", "tsv"], lines


def test_the_same_pairs_give_the_same_data_set_in_every_form(empty_folder, s2s):
    pairs = [(a, b.replace(" ", "\u00a0")) for a, b in islice(sentence_pairs(), 9000, 9300)]
    found = []
    for number, (arguments, stdin) in enumerate(forms(pairs)):
        result = s2s("prepare-data", *arguments, "--out", f"data/{number}", stdin=stdin)
        assert result.exit_code == 0, (arguments, result.stderr)
        found.append(files_of(f"data/{number}"))
    assert len(found) > 15
    assert all(files == found[0] for files in found)
    Dataset(Path("data/0")).verify()


REAL = Path(__file__).parents[3] / "shared" / "data"
EVERYDAY = re.compile(r"[\w .,?!'\u00a0\u202f-]*")


def telling(rows):
    """Return every row with a sign that is not in every other sentence, and a few of the rest."""
    return [row for n, row in enumerate(rows) if n % 30 == 0 or not all(map(EVERYDAY.fullmatch, row))]


@pytest.mark.skipif(not REAL.is_dir(), reason="the corpora are not here")
@pytest.mark.parametrize("corpus", ["tatoeba/fra-eng.zip", "multi30k"])
def test_real_corpora_too(empty_folder, s2s, corpus):
    anything = ["--set", "data.max_length=1000"]
    if corpus == "multi30k":
        original = ["train.de.gz", "train.en.gz"]
        texts = (gzip.decompress((REAL / corpus / name).read_bytes()).decode() for name in original)
        rows = telling(zip(*(text.rstrip("\n").split("\n") for text in texts), strict=True))
        for name, lines in zip(original, zip(*rows, strict=True), strict=True):
            written(Path(), gzip.compress("".join(f"{line}\n" for line in lines).encode(), 1), name)
        # one sentence holds a tab, which no TSV can say
        pairs = [tuple(line.replace("\t", " ") for line in row) for row in rows]
    else:
        original = ["fra-eng.zip"]
        with zipfile.ZipFile(REAL / corpus) as archive:
            lines = archive.read("fra.txt").decode().rstrip("\n").split("\n")
            about = archive.read("_about.txt")
        rows = telling(line.split("\t") for line in lines)
        with zipfile.ZipFile(original[0], "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("_about.txt", about)
            archive.writestr("fra.txt", "".join("\t".join(row) + "\n" for row in rows))
        pairs = [tuple(row[:2]) for row in rows]
    assert s2s("prepare-data", *original, *anything, "--out", "data/original").exit_code == 0
    Dataset(Path("data/original")).verify()
    for number, (arguments, stdin) in enumerate(forms(pairs)):
        name = f"data/{number}"
        assert s2s("prepare-data", *arguments, *anything, "--out", name, stdin=stdin).exit_code == 0
        assert files_of(name) == files_of("data/original"), arguments


def test_a_folder_keeps_the_parts_that_it_has(empty_folder, succeeds):
    pairs = [(f"I am {w}", f"je suis {w}") for w in ("old", "wise", "young", "tall", "glad", "here")]
    Path("corpus").mkdir()
    for name, rows in {"train": pairs[:4], "val": pairs[4:5], "test": pairs[5:] + pairs[:1]}.items():
        for side, language in enumerate(("en", "fr")):
            Path(f"corpus/{name}.{language}").write_text("".join(f"{pair[side]}\n" for pair in rows))
    report = succeeds("prepare-data", "corpus")
    dataset = Dataset(Path("data/corpus"))
    texts = {
        name: [source for source, _ in dataset.part(name).texts()] for name in ("train", "valid", "test")
    }
    assert texts == {
        "train": ["i am wise", "i am young", "i am tall"],
        "valid": ["i am glad"],
        "test": ["i am here", "i am old"],
    }
    assert "in another part" in report


def test_columns_choose_the_direction(empty_folder, succeeds):
    Path("pairs.jsonl").write_text('{"translation": {"de": "ich", "en": "I", "fr": "je"}}\n')
    succeeds("prepare-data", "pairs.jsonl", "--set", "data.columns=[fr, de]", "--set", "data.split=[1, 0, 0]")
    assert list(Dataset(Path("data/pairs")).part("train").texts()) == [("je", "ich")]


def test_a_model_takes_and_gives_plain_text_with_any_tokenizer(workplace, succeeds, tiny):
    words = ["--set", "data.normalizer=plain", "--set", "data.subwords=120"]
    for name in TOKENIZERS:
        data = [*words, "--set", f"data.tokenizer={name}", "--out", f"data/{name}"]
        succeeds("prepare-data", "pairs.tsv", *data)
        longer = ["--set", "training.max_steps=2", "--set", "decoding.max_length=20"]
        succeeds("train", *tiny, *longer, "--data", f"data/{name}", "--run", name)
        shutil.rmtree(f"data/{name}")
        (line,) = succeeds("translate", "--run", name, "I'm   glad.").splitlines()
        assert not set("▁￭") & set(line)


def test_an_edited_vocabulary_can_be_prepared_with(workplace, succeeds, fails):
    vocabulary = Path("data/pairs/source.vocab")
    lines = vocabulary.read_text().splitlines()
    vocabulary.write_text("\n".join([*lines[:10], "brandnew\t0"]) + "\n")
    fails("inspect", "data", "data/pairs", mentions=["source.vocab", "data.vocabulary=data/pairs"])
    succeeds("prepare-data", "pairs.tsv", "--set", "data.vocabulary=data/pairs", "--out", "data/new")
    assert Dataset(Path("data/new")).source_vocabulary.index_to_word[4:] == [
        *(line.split("\t")[0] for line in lines[4:10]),
        "brandnew",
    ]
    vocabulary.write_text("\n".join(lines[:10]) + "\nno count\n")
    arguments = ["pairs.tsv", "--set", "data.vocabulary=data/pairs", "--out", "data/other"]
    fails("prepare-data", *arguments, mentions=["source.vocab, line 11", "'no count'"])


# Bad input


def test_a_missing_corpus(workplace, fails):
    fails("prepare-data", "nowhere.tsv", mentions=["nowhere.tsv", "sample", "tatoeba:eng-fra"])


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


BAD_LINES = LINES + b"no tab here\n" + "été\tsummer\n".encode("latin-1") + b"I am old.\tJe suis vieux.\n"


def test_lines_that_are_no_pair_are_passed_over_and_reported(workplace, succeeds):
    report = succeeds("prepare-data", written(workplace, BAD_LINES))
    assert "1 line, no tab (corpus.tsv, line 4)" in report
    assert "1 line, not UTF-8 (corpus.tsv, line 5)" in report
    assert Dataset(Path("data/corpus")).metadata["counts"]["invalid"] == {"no tab": 1, "not UTF-8": 1}
    assert Dataset(Path("data/corpus")).metadata["counts"]["read"] == 4


def test_json_names_the_lines_too(workplace, succeeds):
    arguments = ["--json", "--set", "data.held_out=[nowhere]"]
    document = json.loads(succeeds("prepare-data", written(workplace, BAD_LINES), *arguments))
    assert document["passed_over"]["no tab"] == ["corpus.tsv, line 4: no tab"]
    assert document["held_out_missing"] == ["nowhere"]


def test_they_are_an_error_under_strict(workplace, fails):
    fails(
        "prepare-data", written(workplace, BAD_LINES), "--strict", mentions=["corpus.tsv, line 4", "no tab"]
    )


def test_a_file_of_nothing_else_is_an_error(workplace, fails):
    fails(
        "prepare-data",
        written(workplace, b"one\ntwo\n"),
        mentions=["corpus.tsv, line 1", "no tab", "2 lines"],
    )


def test_a_corpus_that_is_a_folder_of_something_else(workplace, fails):
    fails("prepare-data", "runs", mentions=["runs", "train"])


def test_data_that_are_prepared_already(workplace, fails):
    fails("prepare-data", "data/pairs", "--out", "data/new", mentions=["data/pairs", "prepared"])


@pytest.mark.parametrize("content", [b"no zip", b"PK\x03\x04 half a zip"])
def test_a_zip_that_is_none(workplace, fails, content):
    fails("prepare-data", written(workplace, content, "broken.zip"), mentions=["broken.zip"])


def test_a_zip_without_text(workplace, fails):
    with zipfile.ZipFile("photos.zip", "w") as archive:
        archive.writestr("a.jpg", "")
    fails("prepare-data", "photos.zip", mentions=["photos.zip", "empty"])


def test_data_that_stand_there_already(workplace, fails):
    fails("prepare-data", "pairs.tsv", mentions=["data/pairs already exists", "--force", "--out"])


def test_force_replaces_no_folder_of_something_else(workplace, fails):
    arguments = ["pairs.tsv", "--force", "--out", "runs"]
    fails("prepare-data", *arguments, mentions=["runs is not a prepared data set", "--out"])


def test_force_keeps_the_old_data_when_the_new_ones_cannot_be_read(workplace, fails):
    name = written(workplace, BAD_LINES)
    fails("prepare-data", name, "--strict", "--force", "--out", "data/pairs", mentions=["line 4"])


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
