"""Runs and their course."""

import json

import pytest

from seq2seq_cli.errors import RunError
from seq2seq_cli.inspection.history import history, summarise, summarise_all
from seq2seq_cli.runs import Store


@pytest.fixture
def events(tiny_run):
    return [json.loads(line) for line in tiny_run.metrics_path.read_text(encoding="utf-8").splitlines()]


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
    tiny_run.metrics_path.write_text("".join(json.dumps(event) + "\n" for event in valid), encoding="utf-8")
    assert summarise(tiny_run).best_step == valid[best]["step"]


@pytest.mark.parametrize(
    "line", ['{"event": "valid", "step": 99}', '{"event": "finished"}', '{"event": "step", "loss": 0.0}']
)
def test_an_event_that_lacks_something_is_passed_over(tiny_run, line):
    course = history(tiny_run)
    with tiny_run.metrics_path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert history(tiny_run) == course


def test_a_run_that_stopped_early_says_so(tiny_run, events):
    events[-1]["stopped_early"] = True
    tiny_run.metrics_path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    assert summarise(tiny_run).state == "stopped early"


def test_a_summary_says_what_was_trained_on_what_and_how_far(tiny_run, events):
    summary = summarise(tiny_run)
    assert (summary.name, summary.state, summary.encoder, summary.data) == (
        "tiny",
        "finished",
        "bi",
        "data/pairs",
    )
    assert summary.step == 84
    assert summary.seconds == events[-1]["seconds"]


def test_a_course_is_every_validation_and_every_loss(tiny_run, events):
    course = history(tiny_run)
    assert course.validations == of_kind(events, "valid")
    assert course.losses == [(event["step"], event["loss"]) for event in of_kind(events, "step")]
    assert course.learning_rates == [
        (event["step"], event["learning_rate"]) for event in of_kind(events, "step")
    ]
    assert len(course.losses) == 84
    assert len(course.validations) == 6
    assert course.summary == summarise(tiny_run)


def test_a_run_without_its_last_event_is_unfinished(tiny_run):
    lines = tiny_run.metrics_path.read_text(encoding="utf-8").splitlines(keepends=True)
    tiny_run.metrics_path.write_text("".join(lines[:30]) + lines[30][:20], encoding="utf-8")
    summary = summarise(tiny_run)
    assert summary.state == "unfinished"
    assert summary.step == json.loads(lines[29])["step"]


def test_a_run_without_checkpoint_or_events_is_told_apart(tiny_run):
    (tiny_run.path / "checkpoints" / "last").unlink()
    assert summarise(tiny_run).state == "no checkpoint"
    tiny_run.metrics_path.unlink()
    summary = summarise(tiny_run)
    assert (summary.step, summary.best_step, summary.loss) == (None, None, None)


@pytest.mark.parametrize("content", ["", "model: [", "model: {encodr: bi}\n", "- 1\n"])
def test_a_damaged_run_is_listed_as_such(tiny_run, content):
    (tiny_run.path / "config.yaml").write_text(content, encoding="utf-8")
    (summary,) = summarise_all(Store())
    assert (summary.name, summary.state, summary.loss) == ("tiny", "damaged", None)


def test_the_course_of_a_damaged_run_is_an_error(tiny_run):
    (tiny_run.path / "config.yaml").write_text("", encoding="utf-8")
    with pytest.raises(RunError, match=r"tiny/config\.yaml"):
        history(Store().find("tiny"))


def test_an_empty_store_has_no_runs(empty_folder):
    assert summarise_all(Store()) == []
