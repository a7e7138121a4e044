"""What the doctor's tests share: small configs on a small data set, and a copy of the package to break."""

import compileall
import importlib
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

import seq2seq_cli

PACKAGE = "seq2seq_cli"
TINY = (
    "model.embedding_size=16",
    "model.encoder_hidden_size=16",
    "model.decoder_hidden_size=24",
    "training.batch_size=16",
    "training.precision=float32",
    "training.learning_rate=0.02",
    "decoding.max_length=12",
)
"""What the config of the workshop's run has beside its data."""


@contextmanager
def imported_from(folder):
    """Let the package be that of another folder; afterwards all is as before."""

    def take_away():
        return {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == PACKAGE}

    ours, writes = take_away(), sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # what is compiled of a broken file must not outlive it
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        assert Path(importlib.import_module(PACKAGE).__file__).is_relative_to(folder)
        yield
    finally:
        sys.path.remove(str(folder))
        sys.dont_write_bytecode = writes
        take_away()
        sys.modules.update(ours)


@pytest.fixture(scope="session")
def copy_of_the_package(tmp_path_factory):
    """Return a folder with a copy of the package, compiled; leave it as it is."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(Path(seq2seq_cli.__file__).parent, folder / PACKAGE)
    assert compileall.compile_dir(folder, quiet=1)
    return folder


@pytest.fixture
def broken(copy_of_the_package):
    """Return what imports the package with some of its text replaced: file, old text, new text -> context."""

    @contextmanager
    def broken(file, text, other):
        path = copy_of_the_package / PACKAGE / file
        sound = path.read_text(encoding="utf-8")
        assert sound.count(text) == 1, f"{file} has {text!r} {sound.count(text)} times"
        path.write_text(sound.replace(text, other), encoding="utf-8")
        try:
            with imported_from(copy_of_the_package):
                yield
        finally:
            path.write_text(sound, encoding="utf-8")

    return broken


@pytest.fixture(scope="session")
def examined(workshop):
    """Return the doctor, of whichever package is imported: settings, checks, data -> findings by check."""

    def examine(settings=(), checks=None, data=workshop / "data" / "pairs"):
        from seq2seq_cli.config import load_config
        from seq2seq_cli.inspection import doctor

        config = load_config(None, [*TINY, *settings])
        asked = {name: doctor.CHECKS[name] for name in checks or doctor.CHECKS}
        findings = doctor.examine(doctor.patient_of_config(config, data), asked)
        return {finding.check: finding for finding in findings}

    return examine
