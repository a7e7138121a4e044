"""Which runs stay, and how the others go: a whole folder at one moment."""

import secrets
import shutil
from contextlib import suppress

from seq2seq_cli.errors import OutputError, RunError
from seq2seq_cli.files import sync_folder
from seq2seq_cli.runs.run import Run

_MARK = "keep"  # an empty file: that it is there says all
_OF_EVERY_RUN = ("source.vocab", "target.vocab", "checkpoints")


def is_kept(run: Run) -> bool:
    """Tell whether nobody may remove a run."""
    return (run.path / _MARK).exists()


def keep(run: Run, kept: bool = True) -> None:
    """Let nobody remove a run, or let them again.

    Raises:
        OutputError: the mark cannot be made, or taken away.
    """
    mark = run.path / _MARK
    try:
        mark.touch() if kept else mark.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot write {mark}: {error.strerror or error}.") from error


def check_removable(run: Run) -> None:
    """See to it that a run may go.

    Raises:
        RunError: it is kept, or being trained; the folder is a link, or may hold something else than a run.
    """
    if run.path.is_symlink():
        raise RunError(f"{run.path} is a link to a run.", "Remove the link yourself, or name the run itself.")
    missing = [name for name in _OF_EVERY_RUN if not (run.path / name).exists()]
    if missing:
        raise RunError(
            f"{run.path} has no {missing[0]}: it may be something else than a run.",
            "If it is one that you do not want any more, remove the folder yourself.",
        )
    if is_kept(run):
        raise RunError(f"{run.path} is kept.", f"To let it go: s2s inspect keep --off {run.path}")
    if run.is_training():
        raise RunError(f"{run.path} is being trained.", "Wait for the training, or stop it.")


def remove(run: Run) -> None:
    """Remove a run's folder.

    It is gone at the moment in which it gets a hidden name. What a process that was killed then leaves under
    such a name goes with the next run that is removed.

    Raises:
        RunError: see check_removable.
        OutputError: the folder, or something in it, cannot be removed.
    """
    check_removable(run)
    path = run.path.resolve()
    hidden = path.with_name(f".{path.name}.{secrets.token_hex(4)}.removed")
    with run.lock():  # whoever wants to train it from now on finds no run
        try:
            path.rename(hidden)
            sync_folder(path.parent)
        except OSError as error:
            raise OutputError(f"Cannot remove {run.path}: {error.strerror or error}.") from error
    try:
        for removed in path.parent.glob(".*.removed"):
            with suppress(FileNotFoundError):  # somebody else is removing it too
                shutil.rmtree(removed)
    except OSError as error:
        raise OutputError(f"Cannot remove all of {removed}: {error.strerror or error}.") from error
