"""What is scored: parts, pairs of the user's own, and the same for all runs that are compared."""

import json
from pathlib import Path

import pytest

from seq2seq_cli.errors import CorpusError, DatasetError, RunError
from seq2seq_cli.evaluation import assess, scored_pairs, summarise
from seq2seq_cli.runs import Store


def shouted(text):
    """Return text that the tutorial's normalizer makes the same of."""
    return text.upper().replace(" ", "  ") + " !"


@pytest.fixture
def of_test(dataset):
    return list(dataset.part("test").texts())


def written(name, lines):
    Path(name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return Path(name)


@pytest.mark.parametrize("form", ["tsv", "jsonl", "two files"])
def test_pairs_of_the_users_own_score_as_the_same_pairs_prepared(form, tiny_run, of_test):
    raw = [(shouted(source), shouted(target)) for source, target in of_test]
    files = {
        "tsv": lambda: [written("own.tsv", map("\t".join, raw))],
        "jsonl": lambda: [
            written("own.jsonl", (json.dumps({"source": first, "target": second}) for first, second in raw))
        ],
        "two files": lambda: [written(("in", "out")[side], (pair[side] for pair in raw)) for side in (0, 1)],
    }[form]()
    (given,), (part,) = scored_pairs([tiny_run], "test", files), scored_pairs([tiny_run], "test")
    assert list(given.texts()) == of_test
    first, second = (summarise(assess(tiny_run, tiny_run.config, each, "cpu")) for each in (given, part))
    for name in ("bleu", "bleu_any", "chrf", "exact_match", "token_accuracy", "unknown_words", "sentences"):
        assert getattr(first, name) == getattr(second, name)
    assert first.loss == pytest.approx(second.loss, rel=1e-6)
    assert first.part == " ".join(map(str, files))


def test_no_line_is_lost_and_a_blank_one_stays_blank(tiny_run):
    sources = written("in", ["i m glad", "", "xyzzy", "!", "i " * 500])
    references = written("out", ["je suis content", "rien", "", "rien", "je"])
    (pairs,) = scored_pairs([tiny_run], "test", [sources, references])
    outcome = assess(tiny_run, tiny_run.config, pairs, "cpu")
    assert len(outcome) == len(outcome.scores.outputs) == 5
    said = [bool(output) for output in outcome.scores.outputs]
    assert said == [True, False, True, False, True]
    assert [found.tokens for found in outcome.scores.hypotheses][1] == ()


@pytest.mark.parametrize(
    ("content", "mentions"),
    [
        (b"a\tb\nno pair\n", "line 2: no tab"),
        (b"a\tb\n\xff\tc\n", "line 2: not UTF-8"),
        (b"", "no sentence pairs"),
        (b"\n\n", "no sentence pairs"),
    ],
)
def test_what_is_no_pair_is_an_error_that_names_the_line(tiny_run, content, mentions):
    Path("own.tsv").write_bytes(content)
    with pytest.raises(CorpusError, match=mentions):
        scored_pairs([tiny_run], "test", [Path("own.tsv")])


def test_sources_and_references_must_be_as_many(tiny_run):
    files = [written("in", ["a", "b"]), written("out", ["a"])]
    with pytest.raises(CorpusError, match="in has 2 lines, but out has 1"):
        scored_pairs([tiny_run], "test", files)


def test_an_empty_part_is_an_error_that_says_what_to_do(workplace, succeeds, tiny):
    everything = ["--set", "data.split=[1, 0, 0]"]
    succeeds("prepare-data", "pairs.tsv", *everything, "--out", "data/all")
    step = ["--set", "training.max_steps=1"]
    succeeds("train", *tiny, *everything, *step, "--data", "data/all", "--run", "all")
    with pytest.raises(DatasetError, match=r"test part is empty.*data\.split"):
        scored_pairs([Store().find("all")], "test")


def test_an_unknown_part_is_an_error_that_lists_the_parts(tiny_run):
    with pytest.raises(DatasetError, match=r"'dev'.*train, valid, test"):
        scored_pairs([tiny_run], "dev")


def test_a_run_that_does_not_say_what_it_was_trained_on_is_an_error(tiny_run):
    (tiny_run.path / "data.yaml").unlink()
    with pytest.raises(RunError, match=r"data\.yaml"):
        scored_pairs([tiny_run], "test")


def test_runs_with_other_test_sentences_cannot_be_compared(tiny_run, succeeds, tiny):
    succeeds("prepare-data", "pairs.tsv", "--set", "data.seed=2", "--out", "data/other")
    other = ["--set", "data.seed=2", "--set", "training.max_steps=1"]
    succeeds("train", *tiny, *other, "--data", "data/other", "--run", "other")
    runs = [tiny_run, Store().find("other")]
    with pytest.raises(DatasetError, match=r"tiny and other cannot be compared.*pair 1\..*--input"):
        scored_pairs(runs, "test")
    first, second = scored_pairs(runs, "test", [written("own.tsv", ["i m glad\tje suis content"])])
    assert list(first.texts()) == list(second.texts())
