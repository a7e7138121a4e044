"""Outputs are those of a translator, which has a way of its own to them."""

import pytest

from seq2seq_cli.config import from_mapping
from seq2seq_cli.errors import ConfigError
from seq2seq_cli.evaluation import assess, scored_pairs
from seq2seq_cli.runs import Store
from seq2seq_cli.translation import Translator


def wanted(run, **decoding):
    return run.with_decoding(from_mapping({"decoding": decoding}, "test"))


def test_unknown_words_are_replaced_as_in_translations(workplace, succeeds, tiny):
    rare = ["--set", "data.min_frequency=40"]
    succeeds("prepare-data", "pairs.tsv", *rare, "--out", "data/rare")
    how = ["--set", "model.attention=general", "--set", "training.max_steps=30"]
    succeeds("train", *tiny, *rare, *how, "--data", "data/rare", "--run", "rare")
    run = Store().find("rare")
    (pairs,) = scored_pairs([run], "test")
    sources = [source for source, _ in pairs.texts()]
    outputs = {}
    for replacing in (False, True):
        config = wanted(run, replace_unknown=replacing)
        outputs[replacing] = assess(run, config, pairs, "cpu").scores.outputs
        assert outputs[replacing] == Translator.of(run, config, "cpu").translate(sources)
    assert any("<unk>" in output for output in outputs[False])
    assert not any("<unk>" in output for output in outputs[True])


def test_without_attention_nothing_can_be_replaced(tiny_run):
    (pairs,) = scored_pairs([tiny_run], "test")
    with pytest.raises(ConfigError, match=r"decoding\.replace_unknown needs a model with attention; tiny"):
        assess(tiny_run, wanted(tiny_run, replace_unknown=True), pairs, "cpu")


def test_probabilities_are_in_the_precision_of_decoding(tiny_run):
    (pairs,) = scored_pairs([tiny_run], "test")
    exact, rounded = (
        assess(tiny_run, wanted(tiny_run, precision=precision), pairs, "cpu").scores.loss
        for precision in ("float32", "bfloat16")
    )
    assert rounded == pytest.approx(exact, rel=0.02)
    assert rounded != exact
