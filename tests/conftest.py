"""What the tests above the wings share: a small data set, a tiny trained run, and the command line."""

import hashlib
import os
import shutil
import signal
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import settings
from typer.testing import CliRunner

from seq2seq_cli.cli.app import app
from seq2seq_cli.corpus.sample import sentence_pairs

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is loaded: threads only slow tiny models down

# The same examples every time, and as long as it takes: a busy machine is no error.
settings.register_profile("steady", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("steady")

TINY = (
    "data.source=pairs.tsv",
    "model.embedding_size=16",
    "model.encoder_hidden_size=16",
    "model.decoder_hidden_size=24",
    "training.batch_size=16",
    "training.precision=float32",
    "training.learning_rate=0.02",
    "decoding.max_length=12",
)
SPLIT = "data.split=[0.7, 0.15, 0.15]"


def invoke(*arguments, stdin=b""):
    """Run `s2s` in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin, prog_name="s2s")


def options(*settings):
    """Return settings as --set options."""
    return [word for setting in settings for word in ("--set", setting)]


def photograph(folder):
    """Return every file below a folder with its contents' checksum."""
    files = (file for file in Path(folder).rglob("*") if file.is_file())
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="session", autouse=True)
def _hurried():
    """Let nothing wait for the disk: only a power cut would tell the difference."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _nobody_is_deaf():
    """Listen to Ctrl-C and to hanging up, to which what a shell or nohup starts is deaf."""
    heard = {signal.SIGINT: signal.default_int_handler}
    if hasattr(signal, "SIGHUP"):
        heard[signal.SIGHUP] = signal.SIG_DFL
    before = {number: signal.signal(number, handler) for number, handler in heard.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def tiny():
    """Return the options of a tiny experiment on pairs.tsv."""
    return options(*TINY)


@pytest.fixture(scope="session")
def workshop(tmp_path_factory, _hurried):
    """Return a folder with pairs.tsv (300 pairs), data/pairs and runs/tiny, trained; leave it as it is."""
    folder = tmp_path_factory.mktemp("workshop")
    slice_of_sample = islice(sentence_pairs(), 9000, 9300)
    text = "".join(f"{english}\t{french}\n" for english, french in slice_of_sample)
    (folder / "pairs.tsv").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for command in (
            ["prepare-data", "pairs.tsv", *options(SPLIT)],
            ["train", *options(*TINY, "training.epochs=6"), "--run", "tiny"],
        ):
            result = invoke(*command)
            assert result.exit_code == 0, result.stderr
    return folder


@pytest.fixture
def workplace(workshop, tmp_path, monkeypatch):
    """Stand in a copy of the workshop, to do with as one likes."""
    folder = tmp_path / "workplace"
    shutil.copytree(workshop, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def empty_folder(tmp_path, monkeypatch):
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def s2s():
    """Return the command line: arguments (and stdin=) -> result."""
    return invoke


@pytest.fixture(scope="session")
def succeeds():
    """Return the command line for what must work: arguments -> standard output."""

    def run(*arguments, stdin=b""):
        result = invoke(*arguments, stdin=stdin)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    return run


@pytest.fixture(scope="session")
def fails():
    """Return the command line for what must fail: one message, exit status 1, and nothing on disk changes."""

    def run(*arguments, mentions, stdin=b""):
        before = photograph(".")
        result = invoke(*arguments, stdin=stdin)
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit)
        assert result.stdout == ""
        assert result.stderr.count("Error: ") == 1
        assert "Traceback" not in result.stderr
        for words in mentions:
            assert words in result.stderr
        assert photograph(".") == before
        return result.stderr

    return run


@pytest.fixture
def dataset(workplace):
    """Return the small data set."""
    from seq2seq_cli.corpus.dataset import Dataset

    return Dataset(Path("data/pairs"))


@pytest.fixture
def tiny_run(workplace):
    """Return the tiny trained run."""
    from seq2seq_cli.runs import Store

    return Store().find("tiny")
