"""kill -9, SIGTERM, Ctrl-C, a full disk and lost streams in the middle of `s2s prepare-data`."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from seq2seq_cli.corpus.dataset import PARTS, Dataset
from seq2seq_cli.corpus.prepare import blocks

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

ROOT = Path(__file__).parents[2]
PATIENCE = 300  # seconds, before a test gives up waiting
PAIRS = 60_000
OLD_PAIRS = 300
DATA = Path("data")


IN_SINGLE_PAIRS = (
    "from seq2seq_cli.cli.app import main; from seq2seq_cli.corpus.prepare import writing;"
    "writing._CHUNK_ROWS = 1; main()"
)


def begin(
    *arguments: str, redirected: str = "", program: Sequence[str] = ("-m", "seq2seq_cli")
) -> "subprocess.Popen[str]":
    """Begin `s2s prepare-data` in a process of its own, with what a shell redirects."""
    return subprocess.Popen(
        [
            "sh",
            "-c",
            f'exec "$@" {redirected}',
            "sh",
            sys.executable,
            *program,
            "prepare-data",
            *arguments,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def finish(process: "subprocess.Popen[str]") -> str:
    """Wait for the end; return what went to stderr."""
    _, messages = process.communicate(timeout=PATIENCE)
    return messages


def left_behind() -> list[Path]:
    """What a preparation that is going on, or was killed, has beside the data set."""
    return [*DATA.glob(".*.tmp")]


def pairs_in(folder: Path) -> int:
    """Open a data set, see that it is whole, and count its pairs."""
    dataset = Dataset(folder)
    dataset.verify()
    return sum(block.num_rows for name in PARTS for block in dataset.part(name).blocks())


def wait_for_writing(process: "subprocess.Popen[str]", file: str = "", size: int = 0) -> None:
    """Wait until a preparation has begun to write, or has written so much of a file."""
    deadline = time.monotonic() + PATIENCE
    while not any(large_enough(folder / "new" / file, size) for folder in left_behind()):
        assert process.poll() is None, finish(process)
        assert time.monotonic() < deadline
        time.sleep(0.001)


def large_enough(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size >= size
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """Return a folder with many.tsv and few.tsv, and how many seconds of writing many.tsv takes."""
    folder = tmp_path_factory.mktemp("corpora")
    draw = random.Random(1)
    words = ["".join(draw.choices("abcdefghij", k=5)) for _ in range(20_000)]
    rows = [
        " ".join(draw.choices(words, k=4)) + "\t" + " ".join(draw.choices(words, k=4)) for _ in range(PAIRS)
    ]
    (folder / "many.tsv").write_text("\n".join(rows))
    (folder / "few.tsv").write_text("\n".join(rows[:OLD_PAIRS]))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        process = begin("many.tsv")
        wait_for_writing(process)
        began = time.monotonic()
        messages = finish(process)
        assert process.returncode == 0, messages
        assert pairs_in(DATA / "many") == PAIRS
        return folder, time.monotonic() - began


@pytest.fixture
def place(corpora: tuple[Path, float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with the corpora, of which nothing is prepared."""
    for path in corpora[0].glob("*.tsv"):
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def old(place: Path, succeeds: Callable[..., str]) -> Path:
    """Return an old data set that stands where the new one is to be."""
    succeeds("prepare-data", "few.tsv", "--out", "data/many")
    return DATA / "many"


def test_killed_at_any_moment_there_is_a_whole_data_set_or_none(
    place: Path, corpora: tuple[Path, float], succeeds: Callable[..., str]
) -> None:
    draw = random.Random(1)
    for _ in range(3):
        process = begin("many.tsv", "--force")
        wait_for_writing(process)
        time.sleep(draw.random() * corpora[1])
        process.kill()
        finish(process)
        assert not (DATA / "many").exists() or pairs_in(DATA / "many") == PAIRS
    assert {path.name for path in DATA.iterdir()} <= {"many", *(path.name for path in left_behind())}
    for path in left_behind():
        os.utime(path, (0, 0))
    succeeds("prepare-data", "few.tsv", "--out", "data/many", "--force")
    assert [path.name for path in DATA.iterdir()] == ["many"]
    assert pairs_in(DATA / "many") == OLD_PAIRS


def test_killed_at_any_moment_under_force_the_old_or_the_new_data_set_is_there(
    old: Path, corpora: tuple[Path, float]
) -> None:
    draw = random.Random(2)
    for moment in (draw.random() * 0.9, 0.95, 1.0):
        process = begin("many.tsv", "--force")
        wait_for_writing(process)
        time.sleep(moment * corpora[1])
        process.kill()
        finish(process)
        assert pairs_in(old) in (OLD_PAIRS, PAIRS)


@pytest.mark.parametrize(
    ("number", "file", "size"),
    [(signal.SIGINT, "", 0), (signal.SIGTERM, "spool", 1 << 18), (signal.SIGINT, "train.arrow", 1)],
    ids=["SIGINT-begun", "SIGTERM-spooling", "SIGINT-writing"],
)
def test_interrupted_it_leaves_nothing_but_the_old_data_set(
    old: Path, number: signal.Signals, file: str, size: int
) -> None:
    """Writing is made ten times slower, so that it is not over before the signal is sent."""
    process = begin("many.tsv", "--force", program=("-c", IN_SINGLE_PAIRS))
    wait_for_writing(process, file, size)
    process.send_signal(number)
    messages = finish(process)
    assert process.returncode == 130, messages
    assert messages.splitlines()[-1] == "Interrupted."
    assert "Traceback" not in messages
    assert pairs_in(old) == OLD_PAIRS
    assert [path.name for path in DATA.iterdir()] == ["many"]


def test_sigterm_means_again_what_it_meant_when_a_preparation_has_ended(
    place: Path, succeeds: Callable[..., str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    succeeds("prepare-data", "few.tsv")
    assert signal.getsignal(signal.SIGTERM) is before


# A full disk


class FillingDisk:
    """A disk that is full at the n-th write: of blocks, of text, at the end of a file."""

    def __init__(self, patch: pytest.MonkeyPatch, writes: int) -> None:
        self.left = writes
        self.is_full = False
        patch.setattr(pa.ipc, "new_file", self.around(pa.ipc.new_file))
        patch.setattr(Path, "write_text", self.counted(Path.write_text))

    def counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def write(*args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                self.is_full = True
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*args, **kwargs)

        return write

    def around(self, create: Callable[..., Any]) -> Callable[..., Any]:
        disk = self

        class Writer:
            def __init__(self, *args: Any) -> None:
                self.real = disk.counted(create)(*args)

            def __enter__(self) -> "Writer":
                return self

            def __exit__(self, *_: object) -> None:
                self.close()

            def write(self, batch: Any) -> None:
                disk.counted(self.real.write)(batch)

            def close(self) -> None:
                self.real.close()
                disk.counted(lambda: None)()

        return Writer


def test_a_disk_that_is_full_at_any_write_is_one_message_and_the_old_data_stay(
    old: Path, monkeypatch: pytest.MonkeyPatch, fails: Callable[..., str], s2s: Callable[..., Any]
) -> None:
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 64)
    for writes in count():
        with monkeypatch.context() as patch:
            disk = FillingDisk(patch, writes)
            result = s2s("prepare-data", "few.tsv", "--out", "data/many", "--set", "data.seed=2", "--force")
            if not disk.is_full:
                break
        assert result.exit_code == 1, (writes, result.output)
        assert isinstance(result.exception, SystemExit)
        assert result.stderr == "Error: Cannot write data/many: No space left on device.\n"
        assert result.stdout == ""
        assert pairs_in(old) == OLD_PAIRS
        assert Dataset(old).settings["seed"] == 1
        assert [path.name for path in DATA.iterdir()] == ["many"]
    assert writes > 15
    assert result.exit_code == 0
    assert Dataset(old).settings["seed"] == 2


# Streams


def test_a_standard_input_that_is_closed_is_one_message(place: Path) -> None:
    process = begin("-", redirected="<&-")
    messages = finish(process)
    assert process.returncode == 1
    assert messages.startswith("Error: standard input is empty")
    assert messages.count("\n") == 2
    assert not DATA.exists() or not [*DATA.iterdir()]


@pytest.mark.parametrize("redirected", ["2>&-", "<&- >&- 2>&-"])
def test_nobody_has_to_listen(place: Path, redirected: str) -> None:
    process = begin("few.tsv", redirected=redirected)
    messages = finish(process)
    assert process.returncode == 0, messages
    assert "Traceback" not in messages
    assert pairs_in(DATA / "few") == OLD_PAIRS


def test_a_reader_that_has_gone_away_loses_no_data_set(place: Path) -> None:
    with begin("few.tsv") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(PATIENCE) == 0
    assert pairs_in(DATA / "few") == OLD_PAIRS


@pytest.fixture
def fifo(place: Path) -> Iterator[Path]:
    """Return a named pipe into which a process writes that is killed in the middle of a packed file."""
    path = place / "pairs.gz"
    os.mkfifo(path)
    script = f"gzip -c few.tsv | head -c 2000 > {path.name}"
    with subprocess.Popen(["sh", "-c", script]) as writer:
        yield path
        writer.kill()


def test_a_pipe_that_ends_too_early_is_named(fifo: Path) -> None:
    process = begin("pairs.gz")
    messages = finish(process)
    assert process.returncode == 1
    assert messages == "Error: pairs.gz is cut off: it ends in the middle.\n       Fetch it again.\n"
    assert not DATA.exists() or not [*DATA.iterdir()]
