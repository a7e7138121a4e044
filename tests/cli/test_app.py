"""The command line as a whole: from nothing to a translation, help, and what it costs to ask."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from seq2seq_cli import __version__
from seq2seq_cli.cli.app import app

ROOT = Path(__file__).parents[2]


def leaves(command, path=()):
    """Yield the words and the command of everything that can be run."""
    if inner := getattr(command, "commands", None):
        for name, below in inner.items():
            yield from leaves(below, (*path, name))
    else:
        yield path, command


COMMANDS = dict(leaves(typer.main.get_command(app)))

every_command = pytest.mark.parametrize("words", COMMANDS, ids=" ".join)

READY = {  # arguments with which a command that speaks JSON runs in the workplace
    ("prepare-data",): ["pairs.tsv", "--out", "data/new"],
    ("evaluate",): [],
    ("inspect", "runs"): [],
    ("inspect", "run"): [],
    ("inspect", "compare"): ["tiny", "tiny"],
    ("inspect", "keep"): ["tiny"],
    ("inspect", "remove"): ["tiny", "--yes"],
    ("inspect", "config"): ["tiny"],
    ("inspect", "data"): ["data/pairs"],
    ("inspect", "vocab"): [],
    ("inspect", "model"): [],
    ("inspect", "doctor"): [],
    ("inspect", "trace"): ["i m glad"],
    ("inspect", "neighbors"): ["i"],
    ("inspect", "latent"): ["i m glad", "you re not sure"],
}


def python(*arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
    )


def speaks_json(command):
    return any("--json" in parameter.opts for parameter in command.params)


def test_the_five_commands_are_there():
    assert {words[0] for words in COMMANDS} == {"prepare-data", "train", "evaluate", "translate", "inspect"}
    assert {words[1] for words in COMMANDS if words[0] == "inspect"} >= {
        "runs",
        "run",
        "config",
        "data",
        "vocab",
        "model",
    }


def test_from_an_empty_folder_to_a_translation(empty_folder, succeeds):
    small = ["model.embedding_size=8", "model.encoder_hidden_size=8", "model.decoder_hidden_size=8"]
    small += ["training.max_steps=2", "decoding.max_length=6"]
    table = succeeds("prepare-data")
    assert "15,918" in table
    assert (empty_folder / "data" / "sample" / "train.arrow").is_file()
    assert succeeds("train", *(word for key in small for word in ("--set", key))) == "runs/bi\n"
    assert "BLEU" in succeeds("evaluate", "--samples", "1")
    assert len(succeeds("translate", "i m glad").splitlines()) == 1
    assert "bi" in succeeds("inspect", "runs")


@every_command
def test_help_has_an_example_of_the_command_on_a_line_of_its_own(words, succeeds):
    for flag in ("--help", "-h"):
        lines = [line.strip() for line in succeeds(*words, flag).splitlines()]
        assert lines[0].startswith(f"Usage: s2s {' '.join(words)}")
        assert any(f"s2s {' '.join(words)}" in line for line in lines[1:])


@every_command
def test_every_option_is_explained(words):
    for parameter in COMMANDS[words].params:
        assert getattr(parameter, "help", None), parameter.name


@pytest.mark.parametrize(
    "words",
    [words for words, command in COMMANDS.items() if speaks_json(command) and words in READY],
    ids=" ".join,
)
def test_json_is_one_document_on_stdout_and_nothing_else(words, workplace, s2s):
    result = s2s(*words, *READY[words], "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)
    assert result.stderr == ""


def test_only_what_the_workplace_lacks_a_run_for_is_asked_for_json_elsewhere():
    asked_elsewhere = {words for words, command in COMMANDS.items() if speaks_json(command)} - READY.keys()
    assert asked_elsewhere == {("inspect", "attention")}  # in inspecting/test_views.py


def test_every_command_that_shows_a_result_can_show_it_as_json():
    silent = {words for words, command in COMMANDS.items() if not speaks_json(command)}
    assert silent == {("train",), ("translate",)}


@pytest.mark.parametrize("words", [[], ["inspect"]], ids=["s2s", "inspect"])
def test_without_a_command_it_shows_how_to_use_it(words, s2s):
    result = s2s(*words)
    assert result.exit_code == 2
    assert "Usage: s2s" in result.output


@pytest.mark.parametrize(
    "words", [["fly"], ["--fly"], ["train", "--fly"], ["inspect", "fly"], ["train", "TEXT"]]
)
def test_what_does_not_exist_is_a_usage_error(words, s2s):
    result = s2s(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage: s2s" in result.stderr
    assert "Error" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["translate", "--beam", "0", "hi"],
        ["translate", "--n-best", "0", "hi"],
        ["translate", "--format", "xml", "hi"],
        ["evaluate", "--samples", "-1"],
        ["evaluate", "--beam", "wide"],
        ["inspect", "vocab", "--most", "-1"],
    ],
    ids=" ".join,
)
def test_a_value_out_of_range_is_a_usage_error(words, workplace, s2s):
    result = s2s(*words)
    assert result.exit_code == 2
    assert words[-2] in result.stderr or words[1] in result.stderr


def test_the_module_runs_and_knows_its_version():
    result = python("-m", "seq2seq_cli", "--version")
    assert (result.returncode, result.stdout) == (0, f"s2s {__version__}\n")


def test_help_imports_nothing_heavy():
    result = python("-X", "importtime", "-m", "seq2seq_cli", "--help")
    imported = {line.split("|")[-1].strip() for line in result.stderr.splitlines() if "|" in line}
    assert result.returncode == 0
    assert "seq2seq_cli.cli.app" in imported
    heavy = {"torch", "rich.progress", "pydantic", "pyarrow", "safetensors", "sacrebleu", "yaml", "numpy"}
    assert heavy & imported == set()
