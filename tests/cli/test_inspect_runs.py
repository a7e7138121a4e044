"""s2s inspect runs, run, compare, keep and remove: what they show and do."""

import importlib
import io
import json
import math
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.cells import cell_len

from seq2seq_cli.cli import console
from seq2seq_cli.cli.console import clock
from seq2seq_cli.config import load_config, to_yaml
from seq2seq_cli.runs import Run, Store

remove = importlib.import_module("seq2seq_cli.cli.inspecting.remove")


@pytest.fixture(params=[80, 1000], ids=["80 columns", "a pipe"])
def width(request, monkeypatch):
    monkeypatch.setattr(console, "_WIDTH_OF_A_FILE", request.param)
    return request.param


@pytest.fixture
def twin(workplace):
    """Make runs/twin, like runs/tiny but for its learning rate and the last of its validations."""
    run = Run(shutil.copytree("runs/tiny", workplace / "runs" / "twin"))
    path = run.path / "config.yaml"
    path.write_text(to_yaml(load_config(path, ["training.learning_rate=0.5"])), encoding="utf-8")
    events = [event for event in run.events() if event["step"] < 84]
    run.metrics_path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return Run(run.path)


def names_in(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def assert_shows(output, *values):
    words = output.replace(",\n", "\n").split()
    for value in values:
        assert console.shown(value) in words


# runs


def test_runs_shows_what_each_is_made_of_its_state_and_its_scores(twin, width, succeeds):
    output = succeeds("inspect", "runs")
    assert all(cell_len(line) <= width for line in output.splitlines())
    for summary in json.loads(succeeds("inspect", "runs", "--json")):
        for key in (
            "name",
            "steps",
            "best_step",
            "loss",
            "bleu_any",
            "exact_match",
            "parameters",
            "megabytes",
        ):
            assert_shows(output, summary[key])
        assert_shows(output, clock(summary["seconds"]), *summary["changed"][:16].split("T"))
        assert summary["data"] in output
        assert summary["model"] in output
    assert "finished" in output
    assert "interrupted" in output


def test_runs_is_a_line_a_run_on_a_pipe(twin, succeeds):
    lines = succeeds("inspect", "runs").splitlines()
    assert sum(line.split()[:1] in (["tiny"], ["twin"]) for line in lines) == 2


@pytest.mark.parametrize(("order", "names"), [("name", ["tiny", "twin"]), ("steps", ["tiny", "twin"])])
def test_runs_are_sorted_as_asked_for(twin, succeeds, order, names):
    """Tests of inspection.runs know every order."""
    os.utime(twin.path / "checkpoints" / "last", (2_000_000_000, 2_000_000_000))
    latest_first = [run["name"] for run in json.loads(succeeds("inspect", "runs", "--json"))]
    assert latest_first == ["twin", "tiny"]
    assert [
        run["name"] for run in json.loads(succeeds("inspect", "runs", "--sort", order, "--json"))
    ] == names


def test_an_unknown_order_names_those_there_are(workplace, fails):
    fails("inspect", "runs", "--sort", "blue", mentions=["no order 'blue'", "bleu"])


def test_an_empty_store_shows_an_empty_table(empty_folder, succeeds):
    assert "run" in succeeds("inspect", "runs")
    assert json.loads(succeeds("inspect", "runs", "--json")) == []


def test_a_run_in_training_is_shown_as_running(workplace, succeeds):
    with Store().find("tiny").lock():
        assert "running" in succeeds("inspect", "runs")


# run


def test_run_shows_every_validation_and_both_curves(workplace, width, succeeds):
    output = succeeds("inspect", "run")
    assert all(cell_len(line) <= width for line in output.splitlines())
    for event in Store().find("tiny").events():
        if event["event"] == "valid":
            assert_shows(output, event["step"], event["loss"], event["perplexity"], event["exact_match"])
    for curve in ("training loss", "validation loss", "learning rate"):
        (line,) = [line for line in output.splitlines() if line.startswith(curve)]
        assert any(spark in line for spark in "▁▂▃▄▅▆▇█")


def test_run_shows_settings_samples_and_checkpoints(workplace, width, succeeds):
    course = json.loads(succeeds("inspect", "run", "tiny", "--json"))
    lines = [" ".join(line.split()) for line in succeeds("inspect", "run", "tiny").splitlines()]
    for setting in course["settings"]:
        assert " ".join(setting[key] for key in ("key", "text", "default_text", "origin")) in lines
    assert len(course["samples"]) == 2
    for sample in course["samples"]:
        assert f"source {sample['source']}" in lines
        assert f"reference {sample['reference']}" in lines
        for step, output in sample["outputs"]:
            assert f"from step {step} {output}".strip() in lines
    for checkpoint in course["checkpoints"]:
        shown = [checkpoint[key] for key in ("loss", "bleu_any", "exact_match", "megabytes")]
        row = [str(checkpoint["step"]), ", ".join(checkpoint["names"]), *map(console.shown, shown)]
        assert " ".join(row) in lines


def test_samples_of_others_text_do_not_steer_the_terminal(workplace, succeeds):
    run = Store().find("tiny")
    text = run.metrics_path.read_text(encoding="utf-8")
    run.metrics_path.write_text(text.replace('"output": "', '"output": "\\u001b[31m'), encoding="utf-8")
    output = succeeds("inspect", "run", "tiny")
    assert "[31m" in output
    assert "\x1b" not in output


def test_run_tolerates_a_torn_line(workplace, succeeds):
    with Path("runs/tiny/metrics.jsonl").open("a") as file:
        file.write('{"event": "step", "st')
    assert "84" in succeeds("inspect", "run")


def test_run_shows_a_training_whose_losses_exploded(workplace, succeeds):
    events = [json.loads(line) for line in Path("runs/tiny/metrics.jsonl").read_text().splitlines()]
    for event in events[5:]:
        event.update({key: math.nan for key in ("loss", "perplexity") if key in event})
    Path("runs/tiny/metrics.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    (curve,) = [line for line in succeeds("inspect", "run").splitlines() if line.startswith("training loss")]
    assert curve.endswith(" nan")
    assert json.loads(succeeds("inspect", "run", "--json"))["losses"][-1][1] is None


def test_run_without_any_event_has_no_curves_and_no_samples(workplace, succeeds):
    Path("runs/tiny/metrics.jsonl").write_text("")
    output = succeeds("inspect", "run")
    assert "training loss" not in output
    assert "a sample" not in output


# compare


def test_compare_shows_what_differs_the_scores_and_both_curves(twin, width, succeeds):
    output = succeeds("inspect", "compare", "tiny", "twin")
    document = json.loads(succeeds("inspect", "compare", "tiny", "twin", "--json"))
    assert all(cell_len(line) <= width for line in output.splitlines())
    lines = [line.split() for line in output.splitlines()]
    assert ["A", "B"] in lines
    assert ["training.learning_rate", "0.02", "0.5"] in lines
    assert not any(line[:1] == ["model.encoder"] for line in lines)
    first, second = document["runs"]
    for name, key in (("steps", "steps"), ("loss", "loss"), ("BLEU", "bleu_any"), ("exact", "exact_match")):
        (row,) = [line for line in lines if line[:1] == [name] and "valid" not in line]
        assert row[-2:] == [console.shown(run["summary"][key]) for run in (first, second)]
    (row,) = [line for line in lines if line[:1] == ["tokens/s"]]
    assert row[1:] == [f"{run['tokens_per_second']:,.0f}" for run in (first, second)]
    for score, key in (("loss", "losses"), ("BLEU", "bleus")):
        start = output.index(f"{score} of the valid part by steps")
        picture = output[start:].split("\n")[1:14]
        assert "A" in "".join(picture)  # the twin lacks the last validation, and is else the same
        assert "*" in "".join(picture)
        values = [value for run in (first, second) for _, value in run[key]]
        assert picture[0].split()[0] == f"{max(values):.4g}"
        assert picture[11].split()[0] == f"{min(values):.4g}"
        assert picture[12].split() == ["14", "84"]
    assert document["same_data"]
    assert "different data" not in output


def test_compare_says_when_the_data_differ(twin, succeeds):
    path = twin.path / "data.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("files:", "other:"), encoding="utf-8")
    assert "different data: their scores above cannot be compared" in succeeds(
        "inspect", "compare", "tiny", "twin"
    )


def test_compare_scores_runs_on_a_part_and_tells_differences_from_chance(twin, width, succeeds):
    words = "inspect", "compare", "twin", "tiny", "twin", "--split", "test"
    output, document = succeeds(*words), json.loads(succeeds(*words, "--json"))
    assert all(cell_len(line) <= width for line in output.splitlines())
    assert document["part"] == "test"
    assert [each["second"] for each in document["differences"]] == ["tiny", "twin"]
    for each in document["differences"]:
        assert f"twin and {each['second']}, on test" in output
        assert each["differences"]["bleu"]["p_value"] == 1
        assert f"twin and {each['second']} say the same to every sentence." in output
    document = json.loads(succeeds(*words[:-2], "--json"))
    assert (document["part"], document["differences"]) == (None, [])


def test_compare_scores_runs_of_other_vocabularies_on_sentences_that_are_the_same(workplace, succeeds, tiny):
    fewer = ["--set", "data.max_vocabulary=20"]
    split = ["--set", "data.split=[0.7, 0.15, 0.15]"]
    succeeds("prepare-data", "pairs.tsv", *fewer, *split, "--out", "data/fewer")
    small = [*tiny, *fewer, "--data", "data/fewer", "--set", "training.max_steps=1"]
    succeeds("train", *small, "--run", "small")
    output = succeeds("inspect", "compare", "tiny", "small", "--split", "test")
    above, below = output.split("They were trained on different data: their scores above cannot be compared.")
    assert "loss" in above
    assert "tiny is better than small" in below
    assert "loss" not in below  # over fewer words it is another loss


def test_compare_scores_no_runs_on_sentences_that_are_not_the_same(workplace, succeeds, fails, tiny):
    succeeds("prepare-data", "pairs.tsv", "--set", "data.seed=2", "--out", "data/other")
    elsewhere = ["--set", "data.seed=2", "--data", "data/other", "--run", "other"]
    succeeds("train", *tiny, *elsewhere, "--set", "training.max_steps=1")
    fails(
        *("inspect", "compare", "tiny", "other", "--split", "test"),
        mentions=["tiny and other cannot be compared", "s2s evaluate --input"],
    )


def test_compare_of_runs_without_events_draws_nothing(workplace, succeeds):
    Path("runs/tiny/metrics.jsonl").write_text("")
    assert "valid part" not in succeeds("inspect", "compare", "tiny", "runs/tiny")


def test_compare_wants_two_runs(workplace, s2s):
    result = s2s("inspect", "compare", "tiny")
    assert result.exit_code == 2
    assert "two runs or more" in result.stderr


# keep and remove


def test_a_kept_run_is_shown_as_such_and_not_removed(twin, succeeds, fails):
    assert succeeds("inspect", "keep", "tiny") == "runs/tiny is kept\n"
    assert "finished, kept" in succeeds("inspect", "runs")
    fails("inspect", "remove", "twin", "tiny", "--yes", mentions=["runs/tiny is kept", "keep --off"])
    assert json.loads(succeeds("inspect", "keep", "--off", "tiny", "twin", "--json")) == [
        {"run": "tiny", "kept": False},
        {"run": "twin", "kept": False},
    ]
    assert succeeds("inspect", "keep", "--off", "tiny") == "runs/tiny may be removed\n"
    succeeds("inspect", "remove", "tiny", "--yes")


def test_remove_takes_away_what_was_named_and_says_how_much(twin, succeeds):
    sizes = {run["name"]: run["megabytes"] for run in json.loads(succeeds("inspect", "runs", "--json"))}
    removed = json.loads(succeeds("inspect", "remove", "twin", "runs/twin", "--yes", "--json"))
    assert removed == [{"run": "twin", "megabytes": sizes["twin"]}]
    assert names_in("runs") == ["tiny"]
    assert succeeds("inspect", "remove", "runs/tiny", "-y") == f"runs/tiny removed, {sizes['tiny']:.1f} MB\n"
    assert names_in("runs") == []


def test_remove_does_nothing_where_it_can_not_ask(workplace, fails):
    fails("inspect", "remove", "tiny", mentions=["nobody is there to be asked", "--yes"])


def test_remove_leaves_a_run_in_training_and_those_named_with_it(twin, fails):
    with twin.lock():
        fails("inspect", "remove", "tiny", "twin", "--yes", mentions=["runs/twin is being trained"])


@pytest.mark.parametrize(
    ("answer", "left"), [("y\n", []), ("YES\n", []), ("n\n", ["tiny"]), ("\n", ["tiny"]), ("", ["tiny"])]
)
def test_remove_asks_on_a_terminal(workplace, monkeypatch, s2s, answer, left):
    keyboard = io.StringIO(answer)
    keyboard.isatty = lambda: True
    monkeypatch.setattr(remove, "sys", SimpleNamespace(stdin=keyboard))
    result = s2s("inspect", "remove", "tiny")
    lines = result.stderr.splitlines()
    assert lines[0].startswith("tiny: finished, BLEU ")
    assert lines[1].startswith("Remove it? [y/N]")
    assert names_in("runs") == left
    assert (result.exit_code, "Nothing was removed" in result.stderr) == ((1, True) if left else (0, False))
    assert result.stdout.startswith("runs/tiny removed") == (left == [])
