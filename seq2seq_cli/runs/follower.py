"""A run that several processes train: one of them writes, the others follow."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from seq2seq_cli.config import Config
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.runs.run import Run
from seq2seq_cli.runs.store import Store
from seq2seq_cli.training.events import Event
from seq2seq_cli.training.loop import Trainer
from seq2seq_cli.training.processes import Processes


class Follower(Run):
    """A run as those processes have it that train it beside the leader.

    They do what the leader does at the same events, and write nothing.
    """

    def adopt(self, config: Config, origins: Mapping[str, str] | None = None) -> None:
        """Know of a config that the leader makes the run's own."""
        self.config = config

    def lock(self) -> AbstractContextManager[None]:
        """Return nothing to wait for: the leader has the lock."""
        return nullcontext()

    def save(self, model: Seq2Seq, trainer: Trainer) -> None:
        """Give the leader what its checkpoint needs of this process."""
        trainer.state()

    def _prepare(self, trainer: Trainer) -> None:
        """Leave the folder to the leader."""

    def _write_down(self, event: Event) -> None:
        """Leave the events to the leader."""


def begin(
    store: Store,
    name: str,
    config: Config,
    dataset: Dataset,
    processes: Processes,
    origins: Mapping[str, str] | None = None,
) -> Run:
    """Make the folder of a new run, as the leader; return the run as this process has it. See Store.create.

    Raises:
        RunError: something stands there already.
        OutputError: it cannot be written.
    """
    if processes.leads:
        store.create(name, config, dataset, origins)
    processes.wait()
    return as_seen(store.find(name), processes)


def as_seen(run: Run, processes: Processes) -> Run:
    """Return a run as this process has it."""
    return run if processes.leads else Follower(run.path)


def take_up(asked: Path, run: Run, processes: Processes) -> None:
    """Let processes that torchrun starts anew go on with a run, though others of its name are in their way.

    Args:
        asked: the folder that was asked for: the run's, or the store's for the latest run in it.
        run: what these processes train.
        processes: those.
    """
    processes.leave_word(str(asked.resolve()), str(run.path))


def taken_up(asked: Path, processes: Processes) -> Run | None:
    """Return the run that this very job of torchrun trained before it was started anew.

    A run that was there before the job is none of its own, whatever its name: there it is as at first.

    Raises:
        RunError: the run is gone.
    """
    word = processes.word_left(str(asked.resolve()))
    return None if word is None else Run(Path(word))
