"""s2s inspect doctor: every finding on 80 columns, as JSON, and in the exit status."""

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from seq2seq_cli.cli import console
from seq2seq_cli.inspection.doctor import CHECKS


def test_every_finding_stands_on_a_line_of_80_columns(workplace, monkeypatch, s2s):
    monkeypatch.setattr(console, "_WIDTH_OF_A_FILE", 80)
    result = s2s("inspect", "doctor", "tiny")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].strip() == "tiny, on data/pairs"
    for check in CHECKS.values():
        (line,) = [line for line in lines if line.strip().startswith(check.holds)]
        assert line.split(check.holds)[1].split()[0] in ("ok", "not")
        assert cell_len(line) <= 80
    assert lines[-1] == "27 ok, 2 not asked"


def test_what_is_broken_is_told_with_what_to_do_and_in_the_exit_status(workplace, monkeypatch, s2s):
    (workplace / "runs" / "tiny" / "checkpoints" / "best").write_text("step-70\n")
    Path("runs/tiny/checkpoints/step-70.safetensors").write_bytes(b"torn")
    result = s2s("inspect", "doctor", "tiny", "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    document = json.loads(result.stdout)
    assert (document["run"], document["data"], document["verdict"]) == ("tiny", "data/pairs", "broken")
    assert [finding["check"] for finding in document["findings"]] == list(CHECKS)
    (broken,) = [finding for finding in document["findings"] if finding["verdict"] == "broken"]
    assert (broken["check"], broken["value"]) == ("checkpoints", None)
    assert "step-70.safetensors" in broken["meaning"]


def test_advice_fits_on_80_columns(workplace, tiny, monkeypatch, s2s):
    monkeypatch.setattr(console, "_WIDTH_OF_A_FILE", 80)
    output = s2s("inspect", "doctor", *tiny, "--data", "data/pairs", "--set", "decoding.max_length=3").stdout
    assert "raise decoding.max_length." in " ".join(output.split())
    assert all(cell_len(line) <= 80 for line in output.splitlines())


def test_what_is_suspicious_is_told_and_fails_nothing(workplace, tiny, s2s):
    result = s2s("inspect", "doctor", *tiny, "--data", "data/pairs", "--set", "decoding.max_length=3")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].strip() == "a new model, on data/pairs"
    (advice,) = [line for line in lines if line.startswith("cut outputs: ")]
    assert "decoding.max_length" in advice
    assert "1 suspicious" in lines[-1]


@pytest.mark.parametrize(
    "option", [("--config", "uni"), ("--set", "model.dropout=0.5"), ("--data", "data/pairs")]
)
def test_a_run_and_what_might_be_at_once_is_a_usage_error(option, workplace, s2s):
    result = s2s("inspect", "doctor", "tiny", *option)
    assert result.exit_code == 2
    assert "either RUN, or --config, --set and --data" in result.stderr


def test_with_too_few_pairs_there_is_nothing_to_ask(workplace, succeeds, fails):
    Path("one.tsv").write_text("a b\tc d\n")
    succeeds("prepare-data", "one.tsv", "--set", "data.split=[1, 0, 0]")
    fails("inspect", "doctor", "--data", "data/one", mentions=["fewer than two different sources"])


def test_a_model_that_cannot_be_is_an_error(workplace, fails):
    wide = ["--set", "model.bridge=copy"]
    fails("inspect", "doctor", "--data", "data/pairs", *wide, mentions=["model.bridge copy", "512"])


def test_without_data_there_is_nothing_to_examine(empty_folder, fails):
    fails(
        "inspect",
        "doctor",
        "--config",
        "bi",
        mentions=["no prepared data in data/sample", "s2s prepare-data"],
    )
