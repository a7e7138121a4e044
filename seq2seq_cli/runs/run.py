"""One run: what it was made with, its course, its checkpoints.

What only training needs is imported where it is used: who translates waits for less.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.build.text import build_pipelines
from seq2seq_cli.config import WHERE_DATA_ARE, Config, describe, from_mapping, overlay, to_yaml
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import DatasetError, OutputError, RunError
from seq2seq_cli.files import read_saved_yaml, write_text
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.runs.checkpoints import Checkpoints, is_due
from seq2seq_cli.runs.events import forget_after, read_events, sync_events, write_down
from seq2seq_cli.runs.origins import read_origins, write_origins
from seq2seq_cli.training.events import Event, Finished, Step, Validated

if TYPE_CHECKING:
    from seq2seq_cli.corpus.dataset import Dataset
    from seq2seq_cli.runs.lock import RunLock
    from seq2seq_cli.training.loop import Trainer


class Run:
    """One training: what it was made with, its course, its checkpoints.

    Args:
        path: the run's folder.

    Raises:
        RunError: there is no run in that folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not (path / "config.yaml").is_file():
            raise RunError(f"There is no run in {path}.", "See `s2s inspect runs`.")

    @property
    def name(self) -> str:
        """The name of the run's folder."""
        return self.path.resolve().name

    @property
    def metrics_path(self) -> Path:
        """The file of events."""
        return self.path / "metrics.jsonl"

    @cached_property
    def config(self) -> Config:
        """What the run was made with.

        Raises:
            RunError, ConfigError: config.yaml is damaged.
        """
        path = self.path / "config.yaml"
        return from_mapping(_read_yaml(path), str(path))

    def origins(self) -> dict[str, str]:
        """Return where keys of the config come from: a file and line, --set, or the data for theirs.

        A run that was made before runs wrote it down knows the last alone.

        Raises:
            RunError, ConfigError: config.yaml or origins.yaml is damaged.
        """
        settled = [info.key for info in describe(self.config) if info.differs]
        of_data = {key: "the data" for key in settled if key.startswith("data.")}
        return of_data | read_origins(self.path)

    @cached_property
    def source_vocabulary(self) -> Vocabulary:
        """The words of the source language."""
        return Vocabulary.load(self.path / "source.vocab")

    @cached_property
    def target_vocabulary(self) -> Vocabulary:
        """The words of the target language."""
        return Vocabulary.load(self.path / "target.vocab")

    @cached_property
    def source_pipeline(self) -> TextPipeline:
        """How text of the source language becomes tokens."""
        return build_pipelines(self.config.data, self.path)[0]

    @cached_property
    def target_pipeline(self) -> TextPipeline:
        """How text of the target language becomes tokens."""
        return build_pipelines(self.config.data, self.path)[1]

    def dataset(self) -> "Dataset":
        """Open the data that the run was trained on.

        Raises:
            DatasetError: they are gone, or have been prepared anew since.
        """
        from seq2seq_cli.corpus.dataset import Dataset

        folder = Path(self.config.data.path or "")
        try:
            dataset = Dataset(folder)
        except DatasetError as error:
            raise DatasetError(
                f"{error.message} The run {self.name} was trained on them.", error.hint
            ) from None
        if dataset.metadata["files"] != self.data_files():
            raise DatasetError(
                f"{folder} has been prepared anew since {self.name} was trained: the model may have "
                "learnt sentences of its test part.",
                "Train again, or prepare the data as they were.",
            )
        return dataset

    def data_files(self) -> object:
        """Return the names, sizes and checksums of the files that the run was trained on.

        Raises:
            RunError: data.yaml is damaged.
        """
        return _read_yaml(self.path / "data.yaml").get("files")

    def with_decoding(self, wanted: Config) -> Config:
        """Return the run's config with the `decoding` keys that were given now.

        Raises:
            ConfigError: a key of the data or the model was given that differs from the run's.
        """
        hint = "Only `decoding` can change after training."
        return overlay(
            self.config,
            wanted,
            f"the run {self.name}",
            hint,
            changeable=("decoding",),
            ignored=("training", *WHERE_DATA_ARE),
        )

    def extended(self, wanted: Config) -> Config:
        """Return the run's config with a longer or shorter training, or written down otherwise.

        How long it is, is a matter of epochs, steps and patience; what is written down, of the checkpoints
        that are kept and of TensorBoard's files.

        Raises:
            ConfigError: another key was given that differs from the run's.
        """
        return overlay(
            self.config,
            wanted,
            f"the run {self.name}",
            "Only training.epochs, training.max_steps, training.validation.patience, training.checkpoints "
            "and training.tensorboard can change; for another run, give --run.",
            changeable=(
                "training.epochs",
                "training.max_steps",
                "training.validation.patience",
                "training.checkpoints",
                "training.tensorboard",
            ),
            ignored=WHERE_DATA_ARE,
        )

    def adopt(self, config: Config, origins: Mapping[str, str] | None = None) -> None:
        """Make a config the run's own.

        Args:
            config: its config from now on.
            origins: where keys that were given come from; those of keys that do not change are passed over.

        Raises:
            OutputError: config.yaml or origins.yaml cannot be written.
        """
        if config == self.config:
            return
        before = {info.key: info.value for info in describe(self.config)}
        changed = {info.key for info in describe(config) if info.value != before[info.key]}
        given = {key: origin for key, origin in (origins or {}).items() if key in changed}
        if given:
            write_origins(self.path, read_origins(self.path) | given)
        write_text(self.path / "config.yaml", to_yaml(config))
        self.config = config

    def last_change(self) -> float:
        """Return when it was last saved, or else made, in seconds since 1970."""
        for file in (self.checkpoints.folder / "last", self.path / "config.yaml"):
            if file.exists():
                return file.stat().st_mtime
        return 0.0

    # Checkpoints

    @cached_property
    def checkpoints(self) -> Checkpoints:
        """What was saved of the model and its trainer."""
        return Checkpoints(self.path / "checkpoints")

    def has_checkpoint(self) -> bool:
        """Whether there is anything to load."""
        return self.checkpoints.exist()

    def step_of(self, which: str = "best") -> int:
        """Return the step that a checkpoint was saved after; for an average, the latest that is in it.

        Raises:
            CheckpointError: there is none of that name; see Checkpoints.steps_of.
        """
        return self.checkpoints.steps_of(which)[-1]

    def load_model(self, which: str = "best", device: torch.device | None = None) -> Seq2Seq:
        """Return the model of a checkpoint, ready to translate.

        Args:
            which: best, last, average (the mean of all there are), average:N (of the latest N), or a step, as
                1200 or step-1200.
            device: where to put it; None for the CPU.

        Raises:
            CheckpointError: it is missing or damaged, or config.yaml describes another model.
        """
        model = build_model(self.config.model, len(self.source_vocabulary), len(self.target_vocabulary))
        self.checkpoints.load(model, which)
        return model.to(device or torch.device("cpu")).eval()

    def load_trainer(self, model: Seq2Seq, trainer: "Trainer") -> None:
        """Put a model and its trainer back to where the last checkpoint was saved.

        Who is going to train takes the lock first: until then, another process may still be training.

        Raises:
            CheckpointError: it is missing or damaged, or of another model.
        """
        self.checkpoints.load_trainer(model, trainer)

    def save(self, model: Seq2Seq, trainer: "Trainer") -> None:
        """Save a checkpoint; the pointers move only when all of it, and of what led to it, is on the disk.

        Raises:
            OutputError: the disk is full, say; the checkpoints before are untouched.
        """
        sync_events(self.metrics_path)
        self.checkpoints.save(model, trainer, self.config.training.checkpoints)

    # Training

    @cached_property
    def _lock(self) -> "RunLock":
        from seq2seq_cli.runs.lock import RunLock

        return RunLock(self.path)

    def lock(self) -> AbstractContextManager[None]:
        """Return what keeps every other process from training this run as long as it is entered.

        `record` enters it by itself. Who resumes enters it before `load_trainer` and iterates `record`
        inside: the same Run may enter it again and again.

        Raises:
            RunError: on entering, another process is training the run.
        """
        return self._lock.held()

    def is_training(self) -> bool:
        """Tell whether a process trains the run just now."""
        return self._lock.is_held()

    def events(self) -> list[dict[str, Any]]:
        """Return what happened so far, as metrics.jsonl has it.

        Raises:
            RunError: metrics.jsonl cannot be read.
        """
        return read_events(self.metrics_path)

    def record(self, model: Seq2Seq, trainer: "Trainer") -> Iterator[Event]:
        """Train; write down and save what happens, and pass it on.

        A checkpoint is saved after each validation, at the end, and after the steps that
        `training.checkpoints` asks for; amid exploded losses none takes the place of those before. Nobody
        else can train the run meanwhile; see lock.

        Raises:
            RunError: another process is training the run.
            OutputError: the disk is full, say.
        """
        with self.lock():
            try:
                yield from self._recorded(model, trainer)
            except OutputError as error:
                hint = (
                    f"What was saved before is whole. Go on from there: s2s train --resume --run {self.path}"
                )
                raise OutputError(error.message, hint) from error

    def _recorded(self, model: Seq2Seq, trainer: "Trainer") -> Iterator[Event]:
        rules = self.config.training.checkpoints
        self._prepare(trainer)
        saved = self.step_of("last") if self.has_checkpoint() else None
        for event in trainer.events():
            # Written down first: what was saved is never without its event, and an event without its
            # checkpoint is dropped when training goes on.
            self._write_down(event)
            due = (
                isinstance(event, Validated)
                or (isinstance(event, Step) and is_due(event.step, rules))
                or (isinstance(event, Finished) and saved != event.step)
            )
            # What explodes must not take the place of what was good, unless there is nothing yet to lose.
            if due and (saved is None or not trainer.progress.strikes):
                self.save(model, trainer)
                saved = event.step
            yield event

    def _prepare(self, trainer: "Trainer") -> None:
        """Clear away what came after the place that a trainer goes on from."""
        forget_after(self.metrics_path, trainer.progress.step, trainer.progress.validated_step)
        self.checkpoints.tidy(self.config.training.checkpoints)

    def _write_down(self, event: Event) -> None:
        write_down(self.metrics_path, event)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        return read_saved_yaml(path)
    except ValueError as error:
        raise RunError(f"Cannot read {path}: {error}.") from error
