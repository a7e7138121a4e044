"""One run: what it was made with, its course, its checkpoints."""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from seq2seq_cli.build.data import WHERE_DATA_ARE, build_pipelines
from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.config import Config, from_mapping, overlay, to_yaml
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import CheckpointError, DatasetError, RunError
from seq2seq_cli.files import read_saved_yaml, write_text
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.runs.events import forget_after, read_events, write_down
from seq2seq_cli.runs.tensors import load_parameters, load_tensors, save_tensors
from seq2seq_cli.training.events import Event, Finished, Validated
from seq2seq_cli.training.loop import Trainer, TrainerState


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

    def dataset(self) -> Dataset:
        """Open the data that the run was trained on.

        Raises:
            DatasetError: they are gone, or have been prepared anew since.
        """
        folder = Path(self.config.data.path or "")
        try:
            dataset = Dataset(folder)
        except DatasetError as error:
            raise DatasetError(
                f"{error.message} The run {self.name} was trained on them.", error.hint
            ) from None
        if dataset.metadata["files"] != _read_yaml(self.path / "data.yaml").get("files"):
            raise DatasetError(
                f"{folder} has been prepared anew since {self.name} was trained: the model may have "
                "learnt sentences of its test part.",
                "Train again, or prepare the data as they were.",
            )
        return dataset

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
        """Return the run's config with a longer or shorter training.

        Raises:
            ConfigError: another key was given that differs from the run's.
        """
        return overlay(
            self.config,
            wanted,
            f"the run {self.name}",
            "Only training.epochs and training.max_steps can change; for another run, give --run.",
            changeable=("training.epochs", "training.max_steps"),
            ignored=WHERE_DATA_ARE,
        )

    def adopt(self, config: Config) -> None:
        """Make a config the run's own.

        Raises:
            OutputError: config.yaml cannot be written.
        """
        if config != self.config:
            write_text(self.path / "config.yaml", to_yaml(config))
            self.config = config

    # Checkpoints

    def has_checkpoint(self) -> bool:
        """Whether there is anything to load."""
        return (self.path / "checkpoints" / "last").is_file()

    def step_of(self, which: str = "best") -> int:
        """Return the step that the checkpoint `best` or `last` was saved after.

        Raises:
            CheckpointError: there is none.
        """
        pointer = self.path / "checkpoints" / which
        try:
            return int(pointer.read_text(encoding="utf-8").strip().removeprefix("step-"))
        except FileNotFoundError:
            raise CheckpointError(
                f"The run {self.name} has no checkpoint {which!r}.", "Train it: s2s train --resume."
            ) from None
        except (OSError, ValueError) as error:
            raise CheckpointError(f"{pointer} does not name a checkpoint: {error}.") from error

    def load_model(self, which: str = "best", device: torch.device | None = None) -> Seq2Seq:
        """Return the model of the checkpoint `best` or `last`, ready to translate.

        Raises:
            CheckpointError: it is missing or damaged, or config.yaml describes another model.
        """
        path = self._checkpoint(self.step_of(which), ".safetensors")
        tensors = load_tensors(path)
        model = build_model(self.config.model, len(self.source_vocabulary), len(self.target_vocabulary))
        load_parameters(model, tensors, path)
        return model.to(device or torch.device("cpu")).eval()

    def load_trainer(self, model: Seq2Seq, trainer: Trainer) -> None:
        """Put a model and its trainer back to where the last checkpoint was saved.

        Raises:
            CheckpointError: it is missing or damaged, or of another model.
        """
        step = self.step_of("last")
        path = self._checkpoint(step, ".safetensors")
        load_parameters(model, load_tensors(path), path)
        state_path = self._checkpoint(step, ".state.safetensors")
        json_path = self._checkpoint(step, ".json")
        try:
            progress = json.loads(json_path.read_text(encoding="utf-8"))
            trainer.load(TrainerState(load_tensors(state_path), progress))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise CheckpointError(f"Cannot go on from {json_path}: {error}.") from error

    def save(self, model: Seq2Seq, trainer: Trainer, *, best: bool = False) -> None:
        """Save a checkpoint; the pointers move only when all of it is on the disk.

        Raises:
            OutputError: the disk is full, say; the checkpoints before are untouched.
        """
        step, state = trainer.progress.step, trainer.state()
        folder = self.path / "checkpoints"
        save_tensors(self._checkpoint(step, ".safetensors"), dict(model.named_parameters()))
        save_tensors(self._checkpoint(step, ".state.safetensors"), dict(state.tensors))
        write_text(self._checkpoint(step, ".json"), json.dumps(dict(state.progress), indent=2) + "\n")
        if best or not (folder / "best").exists():
            write_text(folder / "best", f"step-{step}\n")
        write_text(folder / "last", f"step-{step}\n")
        keep = {self.step_of("best"), step}
        stale = [f for f in folder.glob("step-*") if f.name.split(".")[0] not in {f"step-{k}" for k in keep}]
        for file in (*stale, *folder.glob(".*.tmp")):  # .tmp: left by a process that was killed here
            with suppress(OSError):
                file.unlink()

    def _checkpoint(self, step: int, suffix: str) -> Path:
        return self.path / "checkpoints" / f"step-{step}{suffix}"

    # Events

    def events(self) -> list[dict[str, Any]]:
        """Return what happened so far, as metrics.jsonl has it."""
        return read_events(self.metrics_path)

    def record(self, model: Seq2Seq, trainer: Trainer) -> Iterator[Event]:
        """Train; write down and save what happens, and pass it on.

        A checkpoint is saved after each validation and at the end.

        Raises:
            OutputError: the disk is full, say.
        """
        forget_after(self.metrics_path, trainer.progress.step, trainer.progress.validated_step)
        saved = self.step_of("last") if self.has_checkpoint() else None
        for event in trainer.events():
            # Written down first: what was saved is never without its event, and an event without its
            # checkpoint is dropped when training goes on.
            write_down(self.metrics_path, event)
            if isinstance(event, Validated):
                self.save(model, trainer, best=event.best)
                saved = event.step
            elif isinstance(event, Finished) and saved != event.step:
                self.save(model, trainer, best=event.best_step is None)
            yield event


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        return read_saved_yaml(path)
    except ValueError as error:
        raise RunError(f"Cannot read {path}: {error}.") from error
