"""All runs, each on one line."""

import json
import os
import shutil
from datetime import datetime

import pytest

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.errors import UnknownNameError
from seq2seq_cli.inspection.runs import ORDERS, in_words, summarise, summarise_all
from seq2seq_cli.runs import Run, Store
from seq2seq_cli.runs.keeping import keep


@pytest.fixture
def events(tiny_run):
    return [json.loads(line) for line in tiny_run.metrics_path.read_text(encoding="utf-8").splitlines()]


def write(run, events):
    run.metrics_path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")


def of_kind(events, kind):
    return [event for event in events if event["event"] == kind]


def test_a_summary_has_the_scores_of_the_best_validation(tiny_run, events):
    summary = summarise(tiny_run)
    best = sorted(of_kind(events, "valid"), key=lambda event: (event["bleu_any"], -event["loss"]))[-1]
    assert summary.best_step == best["step"] == tiny_run.step_of("best")
    for score in ("loss", "bleu", "bleu_any", "exact_match"):
        assert getattr(summary, score) == best[score]


@pytest.mark.parametrize(("marked", "best"), [([1], 1), ([0, 2], 2), ([0], 0)])
def test_the_best_validation_is_the_last_that_was_the_best_when_it_was_made(tiny_run, events, marked, best):
    valid = of_kind(events, "valid")[:3]
    for number, event in enumerate(valid):
        event["best"] = number in marked
    write(tiny_run, valid)
    assert summarise(tiny_run).best_step == valid[best]["step"]


def test_a_summary_says_what_was_trained_on_what_how_far_and_how_large_it_is(tiny_run, events):
    summary = summarise(tiny_run)
    assert (summary.name, summary.state, summary.kept, summary.problem) == ("tiny", "finished", False, None)
    assert (summary.data, summary.model, summary.steps) == ("data/pairs", "bi 16 → lstm 24", 84)
    assert summary.seconds == events[-1]["seconds"]
    assert summary.parameters == sum(p.numel() for p in tiny_run.load_model().parameters())
    sizes = [path.stat().st_size for path in tiny_run.path.rglob("*") if path.is_file()]
    assert summary.megabytes == pytest.approx(sum(sizes) / 1e6)


def test_a_summary_says_when_the_run_was_saved_last(tiny_run):
    os.utime(tiny_run.path / "checkpoints" / "last", (1_800_000_000, 1_800_000_000))
    changed = summarise(tiny_run).changed
    assert datetime.fromisoformat(changed).timestamp() == 1_800_000_000
    assert changed[10] == "T"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "bi 256 → lstm 256"),
        (
            {"encoder": "deep", "encoder_layers": 3, "decoder_layers": 2, "attention": "general"},
            "deep 3×256 → lstm 2×256, general",
        ),
        ({"cell": "gru", "encoder_hidden_size": 64, "decoder_hidden_size": 128}, "bi 64 → gru 128"),
    ],
)
def test_a_model_in_a_few_words(settings, words):
    assert in_words(ModelConfig(**settings)) == words


def test_a_run_that_stopped_early_says_so(tiny_run, events):
    events[-1]["stopped_early"] = True
    write(tiny_run, events)
    assert summarise(tiny_run).state == "stopped early"


def test_a_run_without_its_last_event_was_interrupted(tiny_run):
    lines = tiny_run.metrics_path.read_text(encoding="utf-8").splitlines(keepends=True)
    tiny_run.metrics_path.write_text("".join(lines[:30]) + lines[30][:20], encoding="utf-8")
    summary = summarise(tiny_run)
    assert summary.state == "interrupted"
    assert summary.steps == json.loads(lines[29])["step"]


def test_a_run_is_running_as_long_as_somebody_trains_it(tiny_run, events):
    write(tiny_run, events[:30])
    with Run(tiny_run.path).lock():
        summary = summarise(tiny_run)
    assert (summary.state, summary.steps, summary.model) == (
        "running",
        events[29]["step"],
        "bi 16 → lstm 24",
    )
    assert summarise(tiny_run).state == "interrupted"


def test_a_run_before_its_first_checkpoint_has_no_parameters_and_no_scores(tiny_run):
    (tiny_run.path / "checkpoints" / "last").unlink()
    tiny_run.metrics_path.unlink()
    summary = summarise(tiny_run)
    assert (summary.state, summary.parameters, summary.steps) == ("interrupted", None, None)
    assert (summary.best_step, summary.loss, summary.seconds) == (None, None, None)


@pytest.mark.parametrize("content", ["", "model: [", "model: {encodr: bi}\n", "- 1\n"])
def test_a_run_whose_config_is_damaged_is_broken_and_says_why(tiny_run, content):
    (tiny_run.path / "config.yaml").write_text(content, encoding="utf-8")
    (summary,) = summarise_all(Store())
    assert (summary.name, summary.state, summary.loss) == ("tiny", "broken", None)
    assert "tiny/config.yaml" in summary.problem


@pytest.mark.parametrize("keep_bytes", [None, 0, 5, -1], ids=["gone", "empty", "torn", "cut short"])
def test_a_run_whose_checkpoint_is_damaged_is_broken(tiny_run, keep_bytes):
    path = tiny_run.path / "checkpoints" / f"step-{tiny_run.step_of('best')}.safetensors"
    whole = path.read_bytes()
    path.unlink()
    if keep_bytes is not None:
        path.write_bytes(whole[:keep_bytes])
    summary = summarise(tiny_run)
    assert summary.state == "broken"
    assert str(path) in summary.problem


def test_a_kept_run_says_so(tiny_run):
    keep(tiny_run)
    assert summarise(tiny_run).kept


def test_an_empty_store_has_no_runs(empty_folder):
    assert summarise_all(Store()) == []


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("changed", ["c", "tiny", "a", "b"]),
        ("name", ["a", "b", "c", "tiny"]),
        ("steps", ["b", "c", "tiny", "a"]),
        ("bleu", ["c", "b", "tiny", "a"]),
        ("loss", ["tiny", "b", "c", "a"]),
    ],
)
def test_runs_come_in_the_order_that_was_asked_for_with_those_that_lack_it_last(
    tiny_run, events, order, names
):
    (model, *_) = of_kind(events, "valid")
    figures = {  # when it was saved; step, BLEU and loss of its only validation
        "a": (200, []),
        "b": (100, [{"step": 500, "bleu_any": 50.0, "loss": 0.5}]),
        "c": (400, [{"step": 300, "bleu_any": 90.0, "loss": 0.7}]),
        "tiny": (300, [{"step": 200, "bleu_any": 20.0, "loss": 0.1}]),
    }
    for name, (time, scores) in figures.items():
        if name != "tiny":
            shutil.copytree("runs/tiny", f"runs/{name}")
        run = Store().find(name)
        write(run, [model | some | {"best": True} for some in scores])
        os.utime(run.path / "checkpoints" / "last", (time, time))
    assert [summary.name for summary in summarise_all(Store(), order)] == names


def test_an_order_that_does_not_exist_is_an_error_that_names_those_there_are(empty_folder):
    with pytest.raises(UnknownNameError, match="Did you mean 'bleu'"):
        summarise_all(Store(), "bleau")
    assert list(ORDERS) == ["changed", "name", "steps", "bleu", "loss"]
