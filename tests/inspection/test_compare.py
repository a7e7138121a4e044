"""Runs beside each other."""

import json
import shutil

import pytest
import yaml

from seq2seq_cli.config import describe, load_config, to_yaml
from seq2seq_cli.errors import ConfigError, RunError
from seq2seq_cli.evaluation import assess, compare_outcomes, scored_pairs
from seq2seq_cli.inspection.compare import MOST, compare
from seq2seq_cli.inspection.runs import summarise
from seq2seq_cli.runs import Run, Store


@pytest.fixture
def twin(tiny_run):
    """Return a copy of the run with another learning rate, half as many events, twice as slow."""
    run = Run(shutil.copytree(tiny_run.path, tiny_run.path.with_name("twin")))
    path = run.path / "config.yaml"
    path.write_text(to_yaml(load_config(path, ["training.learning_rate=0.5"])), encoding="utf-8")
    events = run.events()[:44]
    for event in events:
        event["seconds"] *= 2
    run.metrics_path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return Run(run.path)


def test_only_what_differs_in_the_configs_is_told_one_value_a_run(tiny_run, twin):
    (difference,) = compare([tiny_run, tiny_run, twin]).settings
    assert (difference.key, difference.values) == ("training.learning_rate", ["0.02", "0.02", "0.5"])
    assert difference.description == "How large a step the optimizer takes."


def test_differences_come_in_the_order_of_the_page(tiny_run, twin):
    path = twin.path / "config.yaml"
    wanted = ["decoding.beam_size=3", "model.cell=gru", "data.seed=9", "data.prefixes=[a]"]
    path.write_text(to_yaml(load_config(path, wanted)), encoding="utf-8")
    found = {difference.key: difference.values for difference in compare([Run(twin.path), tiny_run]).settings}
    page = [info.key for info in describe(tiny_run.config)]
    assert list(found) == sorted(found, key=page.index)
    assert found["data.prefixes"] == ["[a]", "[]"]
    assert found.keys() == {
        "data.prefixes",
        "data.seed",
        "model.cell",
        "training.learning_rate",
        "decoding.beam_size",
    }


def test_each_run_has_its_summary_its_curves_and_its_speed(tiny_run, twin):
    for run, compared in zip([tiny_run, twin], compare([tiny_run, twin]).runs, strict=True):
        events = run.events()
        valid = [event for event in events if event["event"] == "valid"]
        assert compared.summary == summarise(run)
        assert compared.losses == [(event["step"], event["loss"]) for event in valid]
        assert compared.bleus == [(event["step"], event["bleu_any"]) for event in valid]
        trained = [event for event in events if event["event"] != "valid"][-1]
        assert compared.tokens_per_second == pytest.approx(trained["target_tokens"] / trained["seconds"])


def test_a_run_that_has_not_begun_has_no_speed_and_no_curves(tiny_run, twin):
    twin.metrics_path.unlink()
    compared = compare([tiny_run, twin]).runs[1]
    assert (compared.tokens_per_second, compared.losses, compared.bleus) == (None, [], [])


def test_runs_of_the_same_data_are_told_from_others(tiny_run, twin):
    assert compare([tiny_run, twin]).same_data
    path = twin.path / "data.yaml"
    metadata = yaml.safe_load(path.read_text(encoding="utf-8"))
    metadata["files"]["train.arrow"]["sha256"] = "0" * 64
    path.write_text(yaml.safe_dump(metadata), encoding="utf-8")
    assert not compare([tiny_run, Run(twin.path)]).same_data


@pytest.mark.parametrize("name", ["config.yaml", "data.yaml"])
def test_a_damaged_run_is_not_compared(tiny_run, twin, name):
    (twin.path / name).write_text("a: [", encoding="utf-8")
    with pytest.raises((RunError, ConfigError), match=name):
        compare([tiny_run, Run(twin.path)])


def test_scored_on_a_part_the_first_is_compared_with_each_other(tiny_run, twin):
    found = compare([tiny_run, twin, tiny_run], "valid")
    runs = [tiny_run, twin]
    scored = scored_pairs(runs, "valid")
    first, second = (assess(run, run.config, pairs) for run, pairs in zip(runs, scored, strict=True))
    assert found.part == "valid"
    assert [(each.first, each.second) for each in found.differences] == [("tiny", "twin"), ("tiny", "tiny")]
    assert found.differences[0] == compare_outcomes(first, second)
    assert compare(runs).differences == []


def test_each_run_translates_by_its_own_search(tiny_run, twin):
    path = twin.path / "config.yaml"
    path.write_text(to_yaml(load_config(path, ["decoding.max_length=1"])), encoding="utf-8")
    (found,) = compare([tiny_run, Run(twin.path)], "valid").differences
    assert found.differences["loss"].difference == 0
    assert found.differences["bleu"].second < found.differences["bleu"].first


def test_more_than_can_be_drawn_are_too_many(tiny_run):
    assert len(compare([tiny_run] * MOST).runs) == MOST
    with pytest.raises(RunError, match="27 runs are too many"):
        compare([Store().find("tiny")] * (MOST + 1))
