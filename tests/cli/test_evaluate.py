"""s2s evaluate: what is shown, and what stands in its way. The scores: tests/test_evaluation.py."""

import json
import shutil
from pathlib import Path

import pytest

from seq2seq_cli.runs import Store


def test_json_and_the_table_show_the_same_scores(workplace, succeeds):
    document = json.loads(succeeds("evaluate", "tiny", "--json"))
    table = succeeds("evaluate", "tiny")
    step = Store().find("tiny").step_of("best")
    assert (document["run"], document["part"], document["sentences"], document["step"]) == (
        "tiny",
        "test",
        45,
        step,
    )
    for score in ("loss", "perplexity", "bleu", "bleu_any", "chrf", "exact_match"):
        assert f"{document[score]:.2f}" in table


@pytest.mark.parametrize("number", [0, 1, 3])
def test_samples_are_shown_in_three_lines_each(number, workplace, succeeds):
    lines = succeeds("evaluate", "--samples", str(number)).splitlines()
    for start in ("Input: ", "Output: ", "Predicted Output: "):
        assert sum(line.startswith(start) for line in lines) == number
    document = json.loads(succeeds("evaluate", "--samples", str(number), "--json"))
    assert [f"Input: {sample['source']}" for sample in document["samples"]] == [
        line for line in lines if line.startswith("Input: ")
    ]


@pytest.mark.parametrize(("part", "sentences"), [("train", 210), ("valid", 45), ("test", 45)])
def test_every_part_can_be_scored(part, sentences, workplace, succeeds):
    document = json.loads(succeeds("evaluate", "--split", part, "--json"))
    assert (document["part"], document["sentences"]) == (part, sentences)


def test_a_beam_changes_the_outputs_and_not_the_loss(workplace, succeeds):
    greedy = json.loads(succeeds("evaluate", "--split", "train", "--json"))
    beam = json.loads(succeeds("evaluate", "--split", "train", "--beam", "4", "--json"))
    assert beam["loss"] == greedy["loss"]
    assert beam["bleu"] != greedy["bleu"]


@pytest.fixture
def kept(workplace, succeeds, tiny):
    """Train a run that keeps its last three checkpoints."""
    rules = ("max_steps=6", "checkpoints.every=2", "checkpoints.keep_last=3")
    succeeds("train", *tiny, "--run", "kept", *(w for rule in rules for w in ("--set", f"training.{rule}")))


@pytest.mark.parametrize(
    ("which", "step", "title"),
    [
        ("best", 6, "kept, step 6, on 45 pairs of test"),
        ("2", 2, "kept, step 2, on 45 pairs of test"),
        ("step-4", 4, "kept, step 4, on 45 pairs of test"),
        ("average", 6, "kept, average to step 6, on 45 pairs of test"),
        ("average:2", 6, "kept, average:2 to step 6, on 45 pairs of test"),
    ],
)
def test_the_checkpoint_that_was_asked_for_is_scored_and_named(kept, succeeds, which, step, title):
    document = json.loads(succeeds("evaluate", "kept", "--checkpoint", which, "--json"))
    assert (document["checkpoint"], document["step"]) == (which, step)
    assert succeeds("evaluate", "kept", "--checkpoint", which).splitlines()[0].strip() == title


def test_every_checkpoint_and_every_average_has_a_loss_of_its_own(kept, succeeds):
    names = ("best", "2", "4", "average", "average:2")
    scored = [json.loads(succeeds("evaluate", "kept", "--checkpoint", name, "--json")) for name in names]
    assert len({document["loss"] for document in scored}) == len(names)


@pytest.mark.parametrize(
    ("which", "mentions"),
    [
        ("lst", ["kept has no checkpoint 'lst'", "2, 4, 6", "Did you mean 'last'?"]),
        ("3", ["kept has no checkpoint '3'", "2, 4, 6"]),
        ("average:4", ["3 checkpoints", "'average:4'", "training.checkpoints.keep_last"]),
    ],
)
def test_a_checkpoint_that_is_not_there(kept, fails, which, mentions):
    fails("evaluate", "kept", "--checkpoint", which, mentions=mentions)


def test_no_run_at_all(empty_folder, fails):
    fails("evaluate", mentions=["no trained run in runs/", "s2s train"])


def test_an_unknown_run(workplace, fails):
    fails("evaluate", "nowhere", mentions=["runs/nowhere", "s2s inspect runs"])


def test_an_unknown_part(workplace, fails):
    fails("evaluate", "--split", "dev", mentions=["'dev'", "train, valid, test"])


def test_data_that_were_prepared_anew(workplace, succeeds, fails):
    succeeds("prepare-data", "pairs.tsv", "--set", "data.seed=2", "--force")
    fails("evaluate", mentions=["data/pairs has been prepared anew", "tiny", "Train again"])


def test_data_that_are_gone(workplace, fails):
    shutil.rmtree("data")
    fails("evaluate", mentions=["data/pairs", "tiny"])


def test_a_damaged_part(workplace, fails):
    Path("data/pairs/test.arrow").write_bytes(b"\xff" * 50)
    fails("evaluate", mentions=["data/pairs/test.arrow", "--force"])


@pytest.mark.parametrize("content", [None, "", "[", "\0"])
def test_a_run_that_lost_the_record_of_its_data(workplace, fails, content):
    path = Path("runs/tiny/data.yaml")
    path.unlink()
    if content is not None:
        path.write_text(content)
    fails("evaluate", mentions=["runs/tiny/data.yaml"])


def test_settings_that_cannot_change_any_more(workplace, fails):
    fails("evaluate", "--config", "uni.yaml", mentions=["model.encoder is bi, not uni", "tiny", "decoding"])


def test_settings_of_the_training_do_not_matter(workplace, succeeds):
    Path("same.yaml").write_text("training: {epochs: 99}\ndata: {source: elsewhere.tsv, path: elsewhere}\n")
    plain, same = (
        json.loads(succeeds("evaluate", *words, "--json")) for words in ([], ["--config", "same.yaml"])
    )
    for document in (plain, same):
        del document["seconds"], document["sentences_per_second"]
    assert same == plain


def test_a_setting_without_effect_is_told(workplace, s2s):
    result = s2s("evaluate", "--set", "decoding.length_penalty=0.5")
    assert result.exit_code == 0
    assert (
        result.stderr.splitlines()[0]
        == "Note: decoding.length_penalty has no effect with decoding.search greedy."
    )


def test_a_penalty_for_coverage_without_attention_is_told(workplace, s2s):
    result = s2s("evaluate", "--beam", "2", "--set", "decoding.coverage_penalty=0.2")
    assert result.exit_code == 0
    note = "Note: decoding.coverage_penalty has no effect with model.attention none."
    assert result.stderr.splitlines()[0] == note


def test_a_device_that_is_not_here(workplace, fails):
    fails("evaluate", "--device", "cuda:99", mentions=["'cuda:99'", "cpu"])
