"""s2s train: a run, its settings, and what stands in its way. Interruptions: tests/test_interruption.py."""

import os
import shutil
from pathlib import Path

import pytest
from torch.distributed import HashStore

from seq2seq_cli.runs import Store
from seq2seq_cli.training.processes import Processes

ONE_STEP = ("--set", "training.max_steps=1")


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ([], "uni"),
        (["--config", "mine.yaml"], "mine"),
        (["--config", "bi"], "bi"),
        (["--config", "mine.yaml", "--run", "named"], "named"),
        (["--run", "elsewhere/named"], "elsewhere/named"),
    ],
)
def test_a_run_is_called_as_asked_or_after_the_config_or_after_the_encoder(
    arguments, name, workplace, succeeds, tiny
):
    Path("mine.yaml").write_text("model: {encoder: uni}\n")
    output = succeeds("train", *arguments, *tiny, *ONE_STEP, "--set", "model.encoder=uni")
    path = Path(name) if "/" in name else Path("runs") / name
    assert output == f"{path}\n"
    assert Store().find(str(path)).step_of("last") == 1


def test_the_config_is_saved_as_it_was_settled(workplace, succeeds, tiny):
    succeeds("train", *tiny, *ONE_STEP, "--run", "new")
    config = Store().find("new").config
    assert config.model.encoder_hidden_size == 16
    assert config.training.max_steps == 1
    assert (config.data.path, config.data.split) == ("data/pairs", (0.7, 0.15, 0.15))


def test_data_given_by_folder_need_no_source_in_the_config(workplace, succeeds):
    small = ["--set", "model.embedding_size=8", "--set", "model.encoder_hidden_size=8"]
    succeeds("train", "--data", "data/pairs", *small, *ONE_STEP, "--run", "new")
    assert Store().find("new").config.data.source == "pairs.tsv"


def test_progress_goes_to_stderr_line_by_line(workplace, s2s, tiny):
    result = s2s("train", *tiny, *ONE_STEP, "--run", "new")
    assert result.stdout == "runs/new\n"
    assert "1 steps on" in result.stderr
    assert "valid loss" in result.stderr
    assert "finished after 1 steps" in result.stderr


def test_resume_without_a_name_takes_the_latest_run_even_without_checkpoint(workplace, succeeds):
    run = Store().find("tiny")
    (run.path / "checkpoints" / "last").unlink()
    assert succeeds("train", "--resume") == "runs/tiny\n"
    assert run.step_of("last") == 84


def test_resume_with_more_epochs_goes_on(workplace, succeeds):
    succeeds("train", "--resume", "--run", "tiny", "--set", "training.epochs=7")
    run = Store().find("tiny")
    assert run.step_of("last") == 98
    assert run.config.training.epochs == 7
    assert [event["step"] for event in run.events() if event["event"] == "step"] == list(range(1, 99))


@pytest.fixture
def torchrun(monkeypatch):
    """Return what begins a torchrun of one process, whose attempts find the words of those before."""

    def begin():
        place = HashStore()
        monkeypatch.setattr(Processes, "join", lambda device: Processes(0, 1, device, place))

    begin()
    return begin


def test_started_anew_by_torchrun_it_goes_on_with_the_run_that_it_made(workplace, succeeds, tiny, torchrun):
    succeeds("train", *tiny, *ONE_STEP, "--run", "new")
    succeeds("train", *tiny, "--set", "training.max_steps=2", "--run", "new")
    assert [event["step"] for event in Store().find("new").events() if event["event"] == "step"] == [1, 2]


def test_started_anew_by_torchrun_it_goes_on_with_the_run_that_was_the_latest(
    workplace, succeeds, tiny, torchrun
):
    shutil.copytree(Path("runs/tiny"), Path("runs/older"))
    os.utime("runs/older/checkpoints/last", (0, 0))
    assert succeeds("train", "--resume") == "runs/tiny\n"
    os.utime("runs/tiny/checkpoints/last", (0, 0))
    os.utime("runs/older/checkpoints/last")
    assert succeeds("train", "--resume") == "runs/tiny\n"
    assert succeeds("train", *tiny, *ONE_STEP) != "runs/tiny\n"  # nobody has asked for the latest here
    os.utime("runs/older/checkpoints/last")
    torchrun()
    assert succeeds("train", "--resume") == "runs/older\n"


def test_started_anew_by_torchrun_it_leaves_alone_what_others_made(
    workplace, fails, succeeds, tiny, torchrun
):
    before = (Path("runs/tiny") / "metrics.jsonl").read_bytes()
    for _ in range(2):
        fails("train", *tiny, "--set", "training.epochs=7", "--run", "tiny", mentions=["already exists"])
    succeeds("train", *tiny, *ONE_STEP, "--run", "new")
    torchrun()
    fails("train", *tiny, *ONE_STEP, "--run", "new", mentions=["already exists"])
    assert (Path("runs/tiny") / "metrics.jsonl").read_bytes() == before


# Bad input


def test_no_prepared_data(empty_folder, fails):
    fails("train", mentions=["no prepared data", "data/sample"])


@pytest.mark.parametrize("key", ["data.reverse=true", "data.max_length=7", "data.seed=2"])
def test_data_keys_that_contradict_the_prepared_data(workplace, fails, key):
    name, _, wanted = key.partition("=")
    mentions = ["data/pairs", f"{name} is ", f", not {wanted}", "prepare-data --force"]
    fails("train", "--data", "data/pairs", "--set", key, "--run", "new", mentions=mentions)


@pytest.mark.parametrize(
    ("setting", "mentions"),
    [
        ("model.encoder=bii", ["model.encoder", "'bii'", "Did you mean 'bi'?"]),
        ("model.cell=gruu", ["model.cell", "'gruu'"]),
        ("model.encodr=bi", ["model.encodr", "Did you mean 'encoder'?"]),
        ("encoder=bi", ["encoder", "Did you mean 'model.encoder'?"]),
        ("model", ["--set model", "section.key=value"]),
        ("=", ["section.key=value"]),
        ("model.embedding_size=many", ["model.embedding_size", "whole number", "'many'"]),
        ("model.embedding_size=0", ["model.embedding_size", "at least 1"]),
        ("training.learning_rate=-1", ["training.learning_rate", "greater than 0"]),
        ("data.split=[0.5, 0.1, 0.1]", ["data.split", "sum to 1"]),
        ("model={", ["--set model={"]),
    ],
)
def test_nonsense_in_set(workplace, fails, tiny, setting, mentions):
    fails("train", *tiny, "--set", setting, "--run", "new", mentions=mentions)


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("model:\n  encodr: bi\n", ["mine.yaml, line 2", "encodr", "Did you mean 'encoder'?"]),
        ("modle: {encoder: bi}\n", ["mine.yaml, line 1", "modle", "Did you mean 'model'?"]),
        ("model:\n  encoder: bi\n encoder: uni\n", ["mine.yaml, line 3"]),
        ("model:\n  dropout: 1.5\n", ["mine.yaml, line 2", "dropout", "less than 1"]),
        ("just words\n", ["mine.yaml", "sections"]),
    ],
)
def test_mistakes_in_yaml(workplace, fails, text, mentions):
    Path("mine.yaml").write_text(text)
    fails("train", "--config", "mine.yaml", mentions=mentions)


def test_an_unknown_value_in_yaml(workplace, fails, tiny):
    Path("mine.yaml").write_text("model:\n  encoder: bii\n")
    mentions = ["model.encoder", "'bii'", "Did you mean 'bi'?"]
    fails("train", "--config", "mine.yaml", *tiny, mentions=mentions)


def test_a_yaml_file_that_does_not_exist(workplace, fails):
    fails("train", "--config", "bii.yaml", mentions=["bii.yaml", "Did you mean 'bi'?"])


def test_a_run_that_exists_already(workplace, fails, tiny):
    fails("train", *tiny, "--run", "tiny", mentions=["runs/tiny already exists", "--resume", "--run"])


def test_a_device_that_is_not_here(workplace, fails, tiny):
    fails("train", *tiny, "--run", "new", "--device", "quantum", mentions=["'quantum'", "cpu"])


def test_resuming_nothing(empty_folder, fails):
    fails("train", "--resume", mentions=["runs/"])
    fails("train", "--resume", "--run", "nowhere", mentions=["runs/nowhere"])


@pytest.mark.parametrize("key", ["model.encoder=uni", "training.learning_rate=1", "decoding.max_length=9"])
def test_resuming_with_another_key(workplace, fails, key):
    arguments = ["--resume", "--run", "tiny", "--set", "training.epochs=9", "--set", key]
    fails("train", *arguments, mentions=["tiny", key.partition("=")[0], "training.epochs"])


def test_resuming_with_other_data_is_a_usage_error(workplace, s2s):
    result = s2s("train", "--resume", "--run", "tiny", "--data", "data/pairs")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "leave --data out with --resume" in " ".join(result.stderr.replace("│", " ").split())


def test_resuming_without_the_data(workplace, fails):
    shutil.rmtree("data")
    fails("train", "--resume", "--run", "tiny", mentions=["data/pairs", "tiny"])


def test_resuming_after_the_data_were_prepared_anew(workplace, fails, succeeds):
    succeeds("prepare-data", "pairs.tsv", "--set", "data.seed=2", "--force")
    fails("train", "--resume", "--run", "tiny", mentions=["data/pairs", "prepared anew", "tiny"])


def damage(path, how):
    content = path.read_bytes()
    half = content[: len(content) // 2]
    if how == "missing":
        path.unlink()
    else:  # a vocabulary is cut off in the middle of a line
        cut_off = half.rpartition(b"\t")[0] or half
        path.write_bytes({"empty": b"", "half": cut_off, "garbage": b"\xff\x00" * 99}[how])


every_damage = pytest.mark.parametrize("how", ["missing", "empty", "half", "garbage"])


@every_damage
@pytest.mark.parametrize("name", ["step-{}.safetensors", "step-{}.state.safetensors", "step-{}.json"])
def test_resuming_from_a_damaged_checkpoint(workplace, fails, name, how):
    run = Store().find("tiny")
    name = name.format(run.step_of("last"))
    damage(run.path / "checkpoints" / name, how)
    fails("train", "--resume", "--run", "tiny", mentions=[name])


@pytest.mark.parametrize("name", ["last", "step-{}.safetensors", "step-{}.state.safetensors", "step-{}.json"])
def test_resuming_with_more_epochs_from_a_damaged_checkpoint_leaves_the_config_as_it_was(
    workplace, fails, name
):
    run = Store().find("tiny")
    name = name.format(run.step_of("last"))
    damage(run.path / "checkpoints" / name, "garbage")
    before = (run.path / "config.yaml").read_bytes()
    fails("train", "--resume", "--run", "tiny", "--set", "training.epochs=9", mentions=[name])
    assert (run.path / "config.yaml").read_bytes() == before


@every_damage
@pytest.mark.parametrize("name", ["data.yaml", "source.vocab", "target.vocab", "train.arrow", "valid.arrow"])
def test_training_on_damaged_data(workplace, fails, tiny, name, how):
    damage(workplace / "data" / "pairs" / name, how)
    mentions = ["data/pairs" if (name, how) == ("data.yaml", "missing") else name]
    fails("train", *tiny, *ONE_STEP, "--run", "new", mentions=mentions)


def test_settings_of_the_data_that_are_damaged(workplace, fails, tiny):
    path = workplace / "data" / "pairs" / "data.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("max_length: 10", "max_length: many"))
    fails("train", *tiny, "--run", "new", mentions=["data.yaml", "max_length", "'many'"])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(workplace, fails, tiny):
    Path("runs").chmod(0o555)
    try:
        fails("train", *tiny, *ONE_STEP, "--run", "new", mentions=["runs/new"])
    finally:
        Path("runs").chmod(0o755)
