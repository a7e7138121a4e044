"""Standard streams as a shell hands them over: closed, full, otherwise encoded, or with nobody there."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has other streams")

ROOT = Path(__file__).parents[2]
SAID = "you re not sure"
TABLE = ["inspect", "config"]
DOCUMENT = ["inspect", "config", "--json"]
TRANSLATION = ["translate", SAID]
SCORES = ["evaluate"]
TRAINING = ["train", "--resume", "--run", "tiny"]


def printing(*ways):
    """Try some of the ways to print, each of which is tried with two of the troubles below."""
    return pytest.mark.parametrize("words", ways, ids=" ".join)


def command(*words):
    return [sys.executable, "-m", "seq2seq_cli", *words]


def surroundings(**more):
    plain = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG"))
    }
    return {**plain, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **more}


def s2s(*words, redirected="", stdin=b"", environment=None, **streams):
    """Run `s2s` in a process of its own, with what a shell redirects."""
    shell = ["sh", "-c", f'exec "$@" {redirected}', "sh"] if redirected else []
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run(
        [*shell, *command(*words)],
        input=stdin,
        env=surroundings(**environment or {}),
        timeout=300,
        check=False,
        **streams,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@printing(TABLE, DOCUMENT, TRANSLATION, TRAINING)
def test_a_full_disk_behind_stdout_is_one_message(words, workplace):
    result = s2s(*words, redirected="> /dev/full")
    assert result.returncode == 1
    messages = result.stderr.decode()
    assert messages.splitlines()[-1] == f"Error: standard output: {os.strerror(errno.ENOSPC)}."
    assert messages.count("Error") == 1
    assert "Traceback" not in messages
    assert "Exception ignored" not in messages
    if words[0] != "train":
        assert len(messages.splitlines()) == 1


def writing(encoding):
    """Return surroundings in which Python writes an encoding."""
    return {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}


def test_a_pipe_is_given_translations_in_utf8_whatever_the_system_writes(workplace):
    source = "été \u4f60 \U0001f600"
    lines = f"{source}\n".encode()
    result = s2s("translate", "--format", "jsonl", stdin=lines, environment=writing("ascii"))
    assert (result.returncode, result.stderr) == (0, b"Line 1 has no word that the model knows.\n")
    assert json.loads(result.stdout.decode("utf-8"))["source"] == source
    assert source in result.stdout.decode("utf-8")


def test_tables_and_messages_too(workplace):
    source = "été \u4f60 \U0001f600"
    Path("pairs.tsv").write_text(f"I'm glad.\tJe suis content.\n{source * 9}\tlong\n", encoding="utf-8")
    result = s2s("prepare-data", "pairs.tsv", "--out", "data/new", environment=writing("latin-1"))
    assert (result.returncode, result.stderr) == (0, b"")
    assert source in result.stdout.decode("utf-8")

    result = s2s("prepare-data", "été.tsv", environment=writing("cp1252:strict"))
    assert (result.returncode, result.stdout) == (1, b"")
    assert "été.tsv" in result.stderr.decode("utf-8")


def test_a_file_is_given_utf8_too(workplace):
    with Path("out.txt").open("wb") as file:
        result = s2s("inspect", "run", stdout=file, environment={"LC_ALL": "C", "PYTHONUTF8": "0"})
    assert (result.returncode, result.stderr) == (0, b"")
    assert "▁" in Path("out.txt").read_text(encoding="utf-8")


def test_a_closed_stdin_is_an_empty_one(workplace):
    result = s2s("translate", redirected="<&-")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


@printing(DOCUMENT, SCORES)
def test_a_closed_stdout_is_written_to_in_vain(words, workplace):
    result = s2s(*words, redirected=">&-")
    assert result.returncode == 0
    assert (result.stdout, result.stderr) == (b"", b"")


def test_a_closed_stderr_changes_nothing_else(workplace, succeeds):
    result = s2s("translate", SAID, redirected="<&- 2>&-")
    assert (result.returncode, result.stdout.decode()) == (0, succeeds("translate", SAID))
    result = s2s("prepare-data", "nowhere.tsv", redirected="2>&-")
    assert (result.returncode, result.stdout) == (1, b"")
    assert s2s(*TRAINING, redirected="<&- >&- 2>&-").returncode == 0


@printing(TABLE, TRANSLATION, SCORES)
def test_nobody_listens_and_it_ends_quietly(words, workplace):
    listener, writer = os.pipe()
    os.close(listener)
    try:
        result = s2s(*words, stdout=writer)
    finally:
        os.close(writer)
    assert (result.returncode, result.stderr) == (0, b"")


def test_a_reader_of_one_line_ends_it_quietly(workplace, succeeds):
    expected = succeeds("translate", SAID).encode()
    Path("in.txt").write_text(f"{SAID}\n" + "\n" * 300_000)  # more than any pipe holds
    process = subprocess.Popen(
        command("translate", "--input", "in.txt"),
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout.readline() == expected
        process.stdout.close()
        _, messages = process.communicate(timeout=300)
        assert (process.returncode, messages) == (0, b"")
    finally:
        process.kill()
        process.wait()


def test_a_training_whose_messages_nobody_can_read_goes_on(workplace):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = s2s(*TRAINING, "--set", "training.epochs=7", stderr=full)
    assert (done.returncode, done.stdout) == (0, b"runs/tiny\n")
