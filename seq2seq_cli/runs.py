"""The checkpoint store: one folder a run, atomic, no pickle.

runs/<name>/
    config.yaml                     everything it was made with
    source.vocab    target.vocab    so that it translates without its data
    data.yaml                       which data those were, with checksums
    metrics.jsonl                   one event a line
    checkpoints/
        step-<n>.safetensors        the model's parameters
        step-<n>.state.safetensors  the optimiser's state and the random generators
        step-<n>.json               the place in the training
        best    last                text files that name a step
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from seq2seq_cli.build import build_model
from seq2seq_cli.config import Config, from_mapping, overlay, to_yaml
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import CheckpointError, DatasetError, OutputError, RunError
from seq2seq_cli.files import new_folder, read_yaml, replacing_file, write_text
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.training.events import Event, Finished, Step, Validated
from seq2seq_cli.training.loop import Trainer, TrainerState

_EVENT_NAMES = {Step: "step", Validated: "valid", Finished: "finished"}


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
        trained_on = _read_yaml(self.path / "data.yaml").get("checksums")
        if dataset.metadata["checksums"] != trained_on:
            raise DatasetError(
                f"{folder} has been prepared anew since {self.name} was trained: the model may have "
                "learnt sentences of its test part.",
                "Train again, or prepare the data as they were.",
            )
        return dataset

    def with_decoding(self, wanted: Config) -> Config:
        """Return the run's config with the `decoding` keys that were given now.

        Raises:
            ConfigError: another key was given that differs from the run's.
        """
        hint = "Only `decoding` can change after training."
        return overlay(self.config, wanted, ("decoding",), f"the run {self.name}", hint)

    def extend(self, wanted: Config) -> Config:
        """Take a longer or shorter training into the run's config, and return it.

        Raises:
            ConfigError: another key was given that differs from the run's.
            OutputError: config.yaml cannot be written.
        """
        changeable = ("training.epochs", "training.max_steps")
        hint = "Only training.epochs and training.max_steps can change; for another run, give --run."
        extended = overlay(self.config, wanted, changeable, f"the run {self.name}", hint)
        if extended != self.config:
            write_text(self.path / "config.yaml", to_yaml(extended))
            self.config = extended
        return extended

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
        tensors = _load_tensors(path)
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
        load_parameters(model, _load_tensors(path), path)
        state_path = self._checkpoint(step, ".state.safetensors")
        json_path = self._checkpoint(step, ".json")
        try:
            progress = json.loads(json_path.read_text(encoding="utf-8"))
            trainer.load(TrainerState(_load_tensors(state_path), progress))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise CheckpointError(f"Cannot go on from {json_path}: {error}.") from error

    def save(self, model: Seq2Seq, trainer: Trainer, *, best: bool = False) -> None:
        """Save a checkpoint; the pointers move only when all of it is on the disk.

        Raises:
            OutputError: the disk is full, say; the checkpoints before are untouched.
        """
        step, state = trainer.progress.step, trainer.state()
        folder = self.path / "checkpoints"
        _save_tensors(self._checkpoint(step, ".safetensors"), dict(model.state_dict()))
        _save_tensors(self._checkpoint(step, ".state.safetensors"), dict(state.tensors))
        write_text(self._checkpoint(step, ".json"), json.dumps(dict(state.progress), indent=2) + "\n")
        if best or not (folder / "best").exists():
            write_text(folder / "best", f"step-{step}\n")
        write_text(folder / "last", f"step-{step}\n")
        keep = {self.step_of("best"), step}
        for file in folder.glob("step-*"):
            if file.name.split(".")[0] not in {f"step-{kept}" for kept in keep}:
                file.unlink(missing_ok=True)
        for file in folder.glob(".*.tmp"):  # left by a process that was killed while it saved
            file.unlink(missing_ok=True)

    def _checkpoint(self, step: int, suffix: str) -> Path:
        return self.path / "checkpoints" / f"step-{step}{suffix}"

    # Events

    def events(self) -> list[dict[str, Any]]:
        """Return the events so far; a line that a killed process left unfinished is passed over."""
        try:
            text = self.metrics_path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        events = []
        for line in text.splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "event" in event:
                events.append(event)
        return events

    def record(self, model: Seq2Seq, trainer: Trainer) -> Iterator[Event]:
        """Train; write down and save what happens, and pass it on.

        A checkpoint is saved after each validation and at the end.

        Raises:
            OutputError: the disk is full, say.
        """
        self._forget_after(trainer.progress.step, validated=trainer.progress.validated_step)
        saved = self.step_of("last") if self.has_checkpoint() else None
        try:
            with self.metrics_path.open("a", encoding="utf-8", buffering=1) as metrics:
                for event in trainer.events():
                    # Written down first: what was saved is never without its event, and an event without
                    # its checkpoint is dropped when training goes on.
                    metrics.write(json.dumps({"event": _EVENT_NAMES[type(event)], **asdict(event)}) + "\n")
                    if isinstance(event, Validated):
                        self.save(model, trainer, best=event.best)
                        saved = event.step
                    elif isinstance(event, Finished) and saved != event.step:
                        self.save(model, trainer, best=event.best_step is None)
                    yield event
        except OSError as error:
            raise OutputError(f"Cannot write {self.metrics_path}: {error.strerror or error}.") from error

    def _forget_after(self, step: int, validated: int) -> None:
        """Drop events that came after the checkpoint that training goes on from."""
        kept = [
            event
            for event in self.events()
            if event["step"] <= {"step": step, "valid": validated}.get(event["event"], -1)
        ]
        write_text(self.metrics_path, "".join(json.dumps(event) + "\n" for event in kept))


class Store:
    """All runs.

    Args:
        root: the folder that holds them.
    """

    def __init__(self, root: Path | str = "runs") -> None:
        self.root = Path(root)

    def path(self, name: str) -> Path:
        """Return the folder of a run by its name, or by its path."""
        given = Path(name)
        return given if given.name != name or (given / "config.yaml").is_file() else self.root / name

    def check_free(self, name: str) -> Path:
        """Return the folder of a new run.

        Raises:
            RunError: something stands there already.
        """
        path = self.path(name)
        if path.exists():
            raise RunError(
                f"{path} already exists.", "Go on with --resume, or choose another name with --run."
            )
        return path

    def create(self, name: str, config: Config, dataset: Dataset) -> Run:
        """Make the folder of a new run.

        Raises:
            RunError: something stands there already.
            OutputError: it cannot be written.
        """
        path = self.check_free(name)
        with new_folder(path) as folder:
            (folder / "config.yaml").write_text(to_yaml(config), encoding="utf-8")
            dataset.source_vocabulary.save(folder / "source.vocab")
            dataset.target_vocabulary.save(folder / "target.vocab")
            (folder / "data.yaml").write_bytes((dataset.folder / "data.yaml").read_bytes())
            (folder / "metrics.jsonl").touch()
            (folder / "checkpoints").mkdir()
        return Run(path)

    def all(self) -> list[Run]:
        """Return every run, the latest last."""
        folders = [
            file.parent for file in self.root.glob("*/config.yaml") if not file.parent.name.startswith(".")
        ]
        return [Run(folder) for folder in sorted(folders, key=_last_change)]

    def find(self, name: str | None = None, *, trained: bool = True) -> Run:
        """Return the run of a name or path; without one, the latest.

        Args:
            name: a name under the root, or a path.
            trained: without a name, pass over runs that have no checkpoint.

        Raises:
            RunError: there is none.
        """
        if name is not None:
            return Run(self.path(name))
        runs = [run for run in self.all() if run.has_checkpoint() or not trained]
        if not runs:
            raise RunError(f"There is no trained run in {self.root}/.", "Train one first: s2s train.")
        return runs[-1]


def load_parameters(model: Seq2Seq, tensors: dict[str, Tensor], path: Path) -> None:
    """Copy parameters into a model.

    Raises:
        CheckpointError: names or shapes are not the model's.
    """
    parameters = model.state_dict()
    for name in [*parameters, *tensors]:
        expected, found = (tuple(t[name].shape) if name in t else None for t in (parameters, tensors))
        if expected != found:
            raise CheckpointError(
                f"{path} does not fit the run's config: {name} should be {expected or 'absent'}, "
                f"and is {found or 'absent'} there.",
                "Was config.yaml edited? Put the `model` section back as it was.",
            )
    model.load_state_dict(tensors)


def _load_tensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing.", "Train again, or choose another run.") from None
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path} is damaged, or only a part of it is there ({error}).",
            "Train again, or choose another run.",
        ) from error


def _save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    with replacing_file(path) as temporary:
        try:
            save_file(
                {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, temporary
            )
        except SafetensorError as error:  # a full disk, told in safetensors' words
            raise OSError(str(error)) from error


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        return read_yaml(path)
    except ValueError as error:
        raise RunError(f"Cannot read {path}: {error}.") from error


def _last_change(folder: Path) -> float:
    """Return when a run was last saved, or else made."""
    for file in (folder / "checkpoints" / "last", folder / "config.yaml"):
        if file.exists():
            return file.stat().st_mtime
    return 0.0
