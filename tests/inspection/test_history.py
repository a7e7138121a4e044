"""A run's course: settings, validations, curves, samples, checkpoints."""

import json

import pytest

from seq2seq_cli.errors import RunError
from seq2seq_cli.inspection.history import history
from seq2seq_cli.inspection.runs import summarise
from seq2seq_cli.runs import Store


@pytest.fixture
def events(tiny_run):
    return [json.loads(line) for line in tiny_run.metrics_path.read_text(encoding="utf-8").splitlines()]


def of_kind(events, kind):
    return [event for event in events if event["event"] == kind]


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


@pytest.mark.parametrize(
    "line", ['{"event": "valid", "step": 99}', '{"event": "finished"}', '{"event": "step", "loss": 0.0}']
)
def test_an_event_that_lacks_something_is_passed_over(tiny_run, line):
    course = history(tiny_run)
    with tiny_run.metrics_path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    again = history(tiny_run)
    assert (again.validations, again.losses, again.samples) == (
        course.validations,
        course.losses,
        course.samples,
    )


def test_the_course_of_a_damaged_run_is_an_error(tiny_run):
    (tiny_run.path / "config.yaml").write_text("", encoding="utf-8")
    with pytest.raises(RunError, match=r"tiny/config\.yaml"):
        history(Store().find("tiny"))


def test_settings_are_those_that_differ_from_the_defaults_and_say_where_they_come_from(tiny_run):
    found = {info.key: (info.text, info.default_text, info.origin) for info in history(tiny_run).settings}
    assert found == {
        "data.source": ("pairs.tsv", "sample", "--set"),
        "data.path": ("data/pairs", "null", "the data"),
        "data.split": ("[0.7, 0.15, 0.15]", "[0.9, 0.05, 0.05]", "the data"),
        "model.embedding_size": ("16", "256", "--set"),
        "model.encoder_hidden_size": ("16", "256", "--set"),
        "model.decoder_hidden_size": ("24", "256", "--set"),
        "training.batch_size": ("16", "64", "--set"),
        "training.precision": ("float32", "auto", "--set"),
        "training.learning_rate": ("0.02", "0.002", "--set"),
        "training.epochs": ("6", "12", "--set"),
        "decoding.max_length": ("12", "50", "--set"),
    }


def test_samples_are_told_from_their_first_output_on_and_wherever_it_changed(tiny_run, events):
    outputs = ["a", "a", "b", "b", "a", "c"]
    for event, output in zip(of_kind(events, "valid"), outputs, strict=True):
        event["samples"] = [
            {"source": "i m", "reference": "je suis", "output": output},
            {"source": "he s", "reference": "il est", "output": "d"},
        ]
    tiny_run.metrics_path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    steps = [event["step"] for event in of_kind(events, "valid")]
    first, second = history(tiny_run).samples
    assert (first.source, first.reference) == ("i m", "je suis")
    assert first.outputs == [(steps[0], "a"), (steps[2], "b"), (steps[4], "a"), (steps[5], "c")]
    assert second.outputs == [(steps[0], "d")]


def test_the_samples_of_a_real_training_end_in_what_the_model_says(tiny_run):
    samples = history(tiny_run).samples
    assert len(samples) == tiny_run.config.training.validation.samples
    pairs = list(tiny_run.dataset().part("valid").texts())
    for sample in samples:
        assert (sample.source, sample.reference) in pairs
        assert sample.outputs[0][0] == 14


def test_a_run_that_recorded_no_samples_has_none(tiny_run, events):
    for event in of_kind(events, "valid"):
        del event["samples"]
    tiny_run.metrics_path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    assert history(tiny_run).samples == []


def test_checkpoints_are_those_on_the_disk_with_their_scores_sizes_and_names(tiny_run, events, succeeds):
    more = ["training.epochs=8", "training.checkpoints.keep_last=3", "training.checkpoints.every=10"]
    succeeds("train", "--resume", "--run", "tiny", *(word for key in more for word in ("--set", key)))
    run = Store().find("tiny")
    assert {"training.checkpoints.keep_last": "--set"}.items() <= run.origins().items()
    found = {checkpoint.step: checkpoint for checkpoint in history(run).checkpoints}
    folder = run.path / "checkpoints"
    on_disk = {int(path.stem[5:]) for path in folder.glob("step-*.safetensors") if "state" not in path.name}
    assert list(found) == sorted(on_disk)
    assert len(found) >= 3
    scored = {event["step"]: event for event in run.events() if event["event"] == "valid"}
    assert {step in scored for step in found} == {True, False}
    for step, checkpoint in found.items():
        names = [name for name in ("best", "last") if (folder / name).read_text() == f"step-{step}\n"]
        assert checkpoint.names == names
        sizes = [path.stat().st_size for path in folder.glob(f"step-{step}.*")]
        assert checkpoint.megabytes == pytest.approx(sum(sizes) / 1e6)
        for score in ("loss", "bleu", "bleu_any", "exact_match"):
            assert getattr(checkpoint, score) == scored.get(step, {}).get(score)


def test_a_run_without_checkpoints_lists_none(tiny_run):
    (tiny_run.path / "checkpoints" / "last").unlink()
    assert history(tiny_run).checkpoints == []
