"""The doctor on what is sound, on what its owner should think about, and on what fails while it looks."""

import json
import math
from pathlib import Path

import pytest
import torch

from seq2seq_cli.corpus.dataset import PARTS
from seq2seq_cli.inspection.doctor import CHECKS, Check, diagnosis, examine, patient_of_run
from seq2seq_cli.inspection.doctor.answer import Answer, distance, same
from seq2seq_cli.runs import Store

ODD = [
    (
        "model.encoder=deep",
        "model.encoder_layers=2",
        "model.cell=gru",
        "model.attention=additive",
        "model.placement=before",
        "decoding.search=beam",
    ),
    (
        "model.encoder=self_attention",
        "model.bridge=zero",
        "model.attention=general",
        "model.input_feeding=true",
        "model.tied_embeddings=true",
        "training.precision=bfloat16",
    ),
    (
        "model.encoder=conv",
        "model.attention=summary",
        "model.layer_norm=true",
        "model.dropout=0.3",
        "training.optimizer=adamw",
        "training.schedule.warmup_steps=500",
        "training.label_smoothing=0.1",
        "training.teacher_forcing.policy=never",
    ),
]


@pytest.mark.parametrize("settings", ODD, ids=["deep", "self_attention", "conv"])
def test_nothing_is_wrong_with_what_is_sound(settings, examined):
    findings = examined(settings).values()
    assert {f.check: f.meaning for f in findings if f.verdict not in ("ok", "not asked")} == {}


def test_a_decoder_that_sees_nothing_of_the_source_is_broken(examined):
    asked = ["bridge", "gradient", "source", "overfitting"]
    found = examined(["model.bridge=zero", "model.attention=none"], asked)
    assert [found[name].verdict for name in asked] == ["not asked", "broken", "broken", "broken"]
    assert "encoder.embedding.weight" in found["gradient"].meaning
    assert found["source"].value == 0
    assert found["overfitting"].figure == "1 of 8 after 300 updates"


def test_parameters_that_serve_a_memory_which_nobody_reads_are_suspicious(examined):
    found = examined(["model.layer_norm=true"], ["gradient", "movement"])
    assert found["gradient"].verdict == "suspicious"
    assert found["gradient"].value == 4  # weight and bias of both directions' norm
    assert "model.attention none" in found["gradient"].meaning
    assert found["movement"].verdict == "ok"


def test_a_learning_rate_that_moves_nothing_is_told(examined):
    (found,) = examined(["training.learning_rate=1e-12"], ["movement"]).values()
    assert found.verdict == "broken"
    assert 0 < found.value < 17  # biases begin at zero, from which any step leads away


def test_targets_longer_than_outputs_may_be_are_suspicious(dataset, examined):
    (found,) = examined(["decoding.max_length=4"], ["cut outputs"]).values()
    lengths = [len(target.split()) for part in PARTS for _, target in dataset.part(part).texts()]
    assert found.verdict == "suspicious"
    assert found.value == pytest.approx(100 * sum(length > 4 for length in lengths) / len(lengths))
    assert f"{max(lengths)} tokens" in found.meaning


def test_many_unknown_words_are_suspicious(workplace, succeeds, examined):
    settings = ["--set", "data.min_frequency=30", "--set", "data.split=[0.7, 0.15, 0.15]"]
    succeeds("prepare-data", "pairs.tsv", "--out", "data/rare", *settings)
    *_, test = json.loads(succeeds("inspect", "data", "data/rare", "--json"))["parts"]
    (found,) = examined([], ["unknown words"], Path("data/rare")).values()
    assert found.verdict == "suspicious"
    assert found.value == max(test["source"]["unknown"], test["target"]["unknown"]) > 10


def test_a_trained_run_is_sound_and_stays_as_it_is(tiny_run):
    def written():
        return {path: path.stat().st_mtime_ns for path in Path().rglob("*")}

    before, state = written(), torch.get_rng_state()
    findings = list(examine(patient_of_run(tiny_run)))
    assert {finding.verdict for finding in findings} == {"ok", "not asked"}
    assert [finding.check for finding in findings] == list(CHECKS)
    (found,) = [finding for finding in findings if finding.check == "source"]
    assert 0.5 < found.value < 5
    assert written() == before
    assert torch.equal(torch.get_rng_state(), state)


def test_a_run_whose_checkpoint_is_damaged_is_told_once(tiny_run):
    best = tiny_run.path / "checkpoints" / f"step-{tiny_run.step_of('best')}.safetensors"
    best.write_bytes(best.read_bytes()[:-8])
    asked = {name: CHECKS[name] for name in ("checkpoints", "numbers", "padding", "movement")}
    findings = list(examine(patient_of_run(Store().find("tiny")), asked))
    assert [finding.verdict for finding in findings] == ["broken", "not asked", "not asked", "ok"]
    assert best.name in findings[0].meaning


def test_a_check_that_fails_has_found_something_and_the_others_go_on(tiny_run):
    def fail(_):
        raise ZeroDivisionError("nothing to share")

    def draw(_):
        return Answer("ok", float(torch.rand(())), "", "")

    checks = {"a": Check("it does not fail", fail), "b": Check("chance is fair", draw)}
    patient = patient_of_run(tiny_run)
    found = diagnosis(patient, list(examine(patient, checks)))
    first, second = found.findings
    assert (first.verdict, first.value, first.figure) == ("broken", None, "ZeroDivisionError")
    assert "nothing to share" in first.meaning
    assert second.verdict == "ok"
    assert found.verdict == "broken"
    assert (found.run, found.data) == ("tiny", "data/pairs")


def test_a_difference_that_is_no_number_is_no_good_one_and_json_has_it_as_null():
    here, there = torch.tensor([1.0, 2.0]), torch.tensor([1.0, math.nan])
    answer = same(distance(here, there), "good", "bad")
    assert (answer.verdict, answer.value, answer.meaning) == ("broken", None, "bad")


def test_a_distance_is_a_share_of_the_largest_number():
    here, there = torch.tensor([1.0, -4.0]), torch.tensor([1.5, -4.0])
    assert distance(here, there) == distance(there, here) == 0.5 / 4
    assert distance(here, there, least=10.0) == 0.05
    assert distance(here * 0, there * 0) == 0


def test_every_check_says_in_a_line_what_should_be_so():
    for name, check in CHECKS.items():
        assert name == name.lower()
        assert 10 < len(check.holds) <= 33
        assert not check.holds.endswith(".")
