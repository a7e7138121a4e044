"""s2s train under torchrun: two processes, killed and restarted, interrupted, and failing."""

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

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals"),
    pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch trains in one process alone"),
]

ROOT = Path(__file__).parents[2]
PATIENCE = 300  # seconds, before a test gives up waiting
STEPS = 130
SAVED_EVERY = 10


def begin(folder, *arguments, restarts=3, processes=2):
    """Start `s2s train` under torchrun, in a process group of its own, with one thread a process."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    torchrun = [
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        f"{processes}",
        "--max-restarts",
        f"{restarts}",
    ]
    return subprocess.Popen(
        [sys.executable, "-m", *torchrun, "-m", "--", "seq2seq_cli", "train", *arguments, "--device", "cpu"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def finish(process):
    """Wait for the end; return what went to stdout and to stderr."""
    return process.communicate(timeout=PATIENCE)


def wait_for(moment, process):
    """Wait until a moment has come; the training must still be going on."""
    deadline = time.monotonic() + PATIENCE
    while not moment():
        assert process.poll() is None, finish(process)
        assert time.monotonic() < deadline
        time.sleep(0.002)


def course(run):
    """Return the events, but for the seconds."""
    try:
        lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        return [{**json.loads(line), "seconds": None} for line in lines]
    except (FileNotFoundError, ValueError):  # it is being written
        return []


def steps(run):
    return [event["step"] for event in course(run) if event["event"] == "step"]


def last(run):
    try:
        return int((run / "checkpoints" / "last").read_text().removeprefix("step-"))
    except FileNotFoundError:
        return 0


def leader(run):
    """Return the process id of the leader, which it leaves in the lock; 0 while it is being written."""
    return int((run / "lock").read_text() or 0)


def follower(torchrun, run):
    """Return the process id of the worker that does not lead."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    (found,) = {pid for pid, parent in pairs if parent == torchrun.pid} - {leader(run)}
    return found


def assert_same_end(run, whole):
    names = {path.name for path in (whole / "checkpoints").iterdir()}
    assert {path.name for path in (run / "checkpoints").iterdir()} == names
    for name in names:
        ours, expected = (folder / "checkpoints" / name for folder in (run, whole))
        if name.endswith(".safetensors"):
            tensors, right = load_file(ours), load_file(expected)
            assert tensors.keys() == right.keys()
            assert [key for key in right if not torch.equal(tensors[key], right[key])] == []
    for pointer in ("best", "last"):
        assert (run / "checkpoints" / pointer).read_text() == (whole / "checkpoints" / pointer).read_text()
    assert course(run) == course(whole)


@pytest.fixture(scope="module")
def settings(tiny):
    """Return the options of a training of small steps, with dropout."""
    changed = (
        "training.batch_size=4",
        f"training.max_steps={STEPS}",
        "model.dropout=0.2",
        f"training.checkpoints.every={SAVED_EVERY}",
    )
    return [*tiny, *(word for setting in changed for word in ("--set", setting))]


@pytest.fixture(scope="module")
def whole(workshop, settings, tmp_path_factory):
    """Return a run of two processes that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "data").symlink_to(workshop / "data")
    process = begin(folder, *settings, "--run", "whole")
    said, messages = finish(process)
    assert process.returncode == 0, messages
    assert said == "runs/whole\n"
    assert messages.count("finished after") == 1
    assert "Warning" not in messages
    return folder / "runs" / "whole"


def test_killed_and_interrupted_and_resumed_by_turns_they_end_as_if_nothing_had_happened(
    workplace, whole, settings
):
    run = workplace / "runs" / "disturbed"
    process = begin(workplace, *settings, "--run", "disturbed")
    wait_for(lambda: last(run) >= 10, process)
    first = leader(run)
    os.kill(first, signal.SIGKILL)  # the new run is gone on with by the torchrun that made it
    saved = last(run)
    wait_for(lambda: leader(run) not in (0, first) and last(run) > saved, process)
    os.kill(leader(run), signal.SIGINT)  # as a scheduler may, beside torchrun, which passes its own on
    os.killpg(process.pid, signal.SIGINT)
    _, messages = finish(process)
    assert process.returncode == 1  # of torchrun, which has no status for this
    assert messages.count("Training disturbed on") == 2
    assert messages.count("Stopping after this step") == 1
    assert messages.count("Saved runs/disturbed at step ") == 1
    assert "Interrupted." not in messages
    assert "\nError: " not in messages
    saved = last(run)
    assert saved < STEPS
    assert steps(run) == list(range(1, saved + 1))

    process = begin(workplace, "--resume", "--run", "disturbed")
    wait_for(lambda: last(run) > saved, process)
    os.kill(follower(process, run), signal.SIGKILL)
    said, messages = finish(process)
    assert process.returncode == 0, messages
    assert said == "runs/disturbed\n"
    assert messages.count("Training disturbed on") == 2
    assert "RuntimeError" not in messages  # whoever has lost the other leaves it to torchrun to tell
    assert steps(run) == list(range(1, STEPS + 1))
    assert_same_end(run, whole)


def test_one_process_too_goes_on_with_the_new_run_of_its_torchrun(workplace, settings):
    run = workplace / "runs" / "new"
    process = begin(workplace, *settings, "--run", "new", processes=1)
    wait_for(lambda: last(run) >= 10, process)
    os.kill(leader(run), signal.SIGKILL)
    said, messages = finish(process)
    assert process.returncode == 0, messages
    assert said == "runs/new\n"
    assert messages.count("Training new on") == 2
    assert steps(run) == list(range(1, STEPS + 1))


def test_an_error_that_both_meet_is_told_once(workplace, settings):
    process = begin(workplace, *settings, "--run", "new", "--set", "model.cell=gruu", restarts=0)
    _, messages = finish(process)
    assert process.returncode == 1
    assert [line for line in messages.splitlines() if line.startswith("Error: ")] == [
        "Error: model.cell: There is no cell 'gruu'."
    ]
    assert not (workplace / "runs" / "new").exists()
