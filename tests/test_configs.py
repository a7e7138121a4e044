"""The presets: each loads, builds, takes a step and is found by its name; what its comments say holds."""

import re
import shlex
from pathlib import Path

import pytest
import torch

from seq2seq_cli.build.data import build_recipe
from seq2seq_cli.build.experiment import build_search
from seq2seq_cli.build.training import build_trainer
from seq2seq_cli.config import data_folder, describe, given_keys, load_config, presets
from seq2seq_cli.training.events import Step

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "configs").glob("*.yaml"))

every_preset = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def test_the_folder_of_presets_is_not_empty_and_all_are_listed():
    assert FILES
    assert presets() == [path.stem for path in FILES]


@every_preset
def test_it_is_found_by_name_with_and_without_suffix(path, empty_folder):
    loaded = load_config(path)
    assert load_config(path.stem) == load_config(path.name) == loaded


@every_preset
def test_it_builds_and_takes_one_step_that_changes_every_parameter(path, dataset):
    config = load_config(path)
    build_recipe(config.data)
    build_search(config.decoding)
    model, trainer = build_trainer(config, dataset, torch.device("cpu"))
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    step = next(trainer.events())
    assert isinstance(step, Step)
    assert 0 < step.loss < 20  # a tied matrix starts with strong opinions
    assert step.learning_rate == config.training.learning_rate
    for name, parameter in model.named_parameters():
        assert parameter.isfinite().all()
        assert not torch.equal(parameter, before[name]), name


@every_preset
def test_it_says_something_of_its_own_and_every_key_of_it_is_documented(path):
    config = load_config(path)
    meanings = {info.key: info.description for info in describe(config)}
    assert given_keys(config)
    assert all(len(meanings[key]) > 20 for key in given_keys(config))


@every_preset
def test_the_commands_in_its_comment_name_itself_and_the_folder_that_it_is_prepared_into(path):
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"--config (\S+)", text))
    assert path.name in named
    assert named <= {file.name for file in FILES}
    for folder in re.findall(r"prepared into (\S+)", text):
        assert data_folder(load_config(path).data) == Path(folder)


def test_the_two_encoders_differ_in_nothing_else():
    ours = {info.key: info.value for info in describe(load_config("uni"))}
    other = {info.key: info.value for info in describe(load_config("bi"))}
    assert {key for key in ours if ours[key] != other[key]} == {"model.encoder"}


def test_make_demo_runs_as_it_is_written(workplace, succeeds):
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").split("\ndemo:")[1].split("\n\n")[0]
    commands = [shlex.split(line)[1:] for line in recipe.splitlines() if line.startswith("\t$(S2S)")]
    smaller = {
        "prepare-data": ["--set", "data.source=pairs.tsv"],
        "train": ["--set", "training.max_steps=3"],
    }
    assert [command[0] for command in commands] == ["prepare-data", "train", "evaluate", "translate"]
    outputs = [succeeds(*command, *smaller.get(command[0], [])) for command in commands]
    assert outputs[1] == "runs/demo\n"
    assert len(outputs[3].splitlines()) == 1


def test_make_demo_suggests_runs_and_data_that_it_has_made():
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").split("\ndemo:")[1].split("\n\n")[0]
    suggested = [line for line in recipe.splitlines() if '@echo "  s2s' in line]
    assert suggested
    assert all(re.search(r"\bdemo\b|--help", line) for line in suggested)
