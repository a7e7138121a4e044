"""Ctrl-C, SIGTERM and kill -9 in the middle of a real training, and what --resume makes of them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

ROOT = Path(__file__).parents[1]
PATIENCE = 300  # seconds, before a test gives up waiting


def train(folder, *arguments):
    """Begin `s2s train` in a process of its own, with one thread."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-m", "seq2seq_cli", "train", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def finish(process):
    """Wait for the end; return what went to stderr."""
    _, messages = process.communicate(timeout=PATIENCE)
    return messages


def interrupt(process, moment, number):
    """Wait until a moment has come, and send a signal; the training must still be going on."""
    deadline = time.monotonic() + PATIENCE
    while not moment():
        assert process.poll() is None, finish(process)
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.send_signal(number)
    return finish(process)


def lines(run):
    try:
        return (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def course(run):
    """Return the events, but for the seconds."""
    return [{**json.loads(line), "seconds": None} for line in lines(run)]


def assert_same_end(run, whole):
    for which in ("best", "last"):
        name = (whole / "checkpoints" / which).read_text().strip()
        assert (run / "checkpoints" / which).read_text().strip() == name
        suffixes = (".safetensors", ".state.safetensors") if which == "last" else (".safetensors",)
        for suffix in suffixes:
            ours, expected = (
                load_file(folder / "checkpoints" / f"{name}{suffix}") for folder in (run, whole)
            )
            assert ours.keys() == expected.keys()
            assert all(torch.equal(ours[key], expected[key]) for key in expected)


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Compute here with one thread too, so that a training in this process gives the same bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def settings(tiny):
    """Return the options of a training of 212 small steps, with dropout."""
    changed = ("training.batch_size=4", "training.epochs=4", "model.dropout=0.2")
    return [*tiny, *(word for setting in changed for word in ("--set", setting))]


@pytest.fixture(scope="module")
def whole(workshop, settings, tmp_path_factory, succeeds, _one_thread):
    """Return a run that nobody interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "data").symlink_to(workshop / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        succeeds("train", *settings, "--run", "whole")
    return folder / "runs" / "whole"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_interrupted_it_saves_and_resumed_it_ends_bit_for_bit_alike(
    workplace, whole, settings, succeeds, number
):
    run = workplace / "runs" / "stopped"
    process = train(workplace, *settings, "--run", "stopped")
    messages = interrupt(process, lambda: len(lines(run)) > 20, number)
    assert process.returncode == 130, messages
    assert messages.count("Stopping after this step; once more stops at once.") == 1
    assert messages.index("Stopping after this step") < messages.index("Saved runs/stopped at step ")
    assert "s2s train --resume --run stopped" in messages
    assert "Traceback" not in messages
    assert 20 <= len(course(run)) < len(course(whole))

    succeeds("train", "--resume", "--run", "stopped")
    assert_same_end(run, whole)
    assert course(run) == course(whole)


def test_killed_again_and_again_the_store_loads_and_the_training_ends_alike(
    workplace, whole, settings, s2s, succeeds
):
    run = workplace / "runs" / "killed"
    checkpoints = run / "checkpoints"

    def a_line_is_written():
        return bool(lines(run))

    def a_second_checkpoint_is_half_written():  # or it is getting late
        half = any(path.name.endswith(".tmp") for path in checkpoints.glob("*"))
        return (checkpoints / "last").exists() and (half or len(lines(run)) > 130)

    begun = [*settings, "--run", "killed"]
    for moment in (a_line_is_written, a_second_checkpoint_is_half_written):
        process = train(workplace, *begun)
        interrupt(process, moment, signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        begun = ["--resume", "--run", "killed"]
        if (checkpoints / "last").exists():
            assert len(succeeds("translate", "--run", "killed", "you re not sure").splitlines()) == 1
        else:
            result = s2s("translate", "--run", "killed", "you re not sure")
            assert result.exit_code == 1
            assert "no checkpoint" in result.stderr
    assert (checkpoints / "last").exists()

    succeeds("train", *begun)
    assert_same_end(run, whole)
    assert course(run) == course(whole)
    assert not [path.name for path in checkpoints.iterdir() if path.name.endswith(".tmp")]


def test_resuming_what_is_finished_says_so_and_changes_no_checkpoint(workplace, s2s):
    checkpoints = workplace / "runs" / "tiny" / "checkpoints"
    before = {path.name: path.read_bytes() for path in checkpoints.iterdir()}
    events = course(workplace / "runs" / "tiny")
    for _ in range(2):
        result = s2s("train", "--resume", "--run", "tiny")
        assert result.exit_code == 0
        assert result.stdout == "runs/tiny\n"
        assert "finished after 84 steps" in result.stderr
    assert {path.name: path.read_bytes() for path in checkpoints.iterdir()} == before
    assert course(workplace / "runs" / "tiny") == events
