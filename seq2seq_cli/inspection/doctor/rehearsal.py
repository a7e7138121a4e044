"""A training that is only tried: by the parts that `s2s train` has, on a few pairs, for a few updates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from seq2seq_cli.batch import Batch
from seq2seq_cli.build.training import build_trainer
from seq2seq_cli.config import Config, ForcingConfig, ScheduleConfig
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.training.events import Step
from seq2seq_cli.training.loop import Trainer

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Given:
    """Batches in the order in which they are given, whatever the epoch."""

    batches: Sequence[Batch]

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return len(self.batches)

    def shuffled(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield them, unshuffled, from number `start` on."""
        yield from self.batches[start:]


def rehearse(
    config: Config, dataset: Dataset, batches: Sequence[Batch], **training: Any
) -> tuple[Seq2Seq, Trainer]:
    """Return a new model, as `s2s train` makes it, and what trains it on given batches, an epoch of them.

    Optimizer, learning rate, clipping and precision are the config's. What keeps a model from learning a few
    pairs by heart, or moves parameters without their gradients, is left out: dropout, label smoothing, weight
    decay, decay of the learning rate, and own guesses in place of the right words.

    Args:
        config: what would be trained.
        dataset: on what.
        batches: the batches instead.
        training: keys of the section `training` and other values for them.
    """
    plain: dict[str, Any] = {
        "label_smoothing": 0.0,
        "weight_decay": 0.0,
        "schedule": ScheduleConfig(),
        "teacher_forcing": ForcingConfig(),
        "accumulation": 1,
        "epochs": 1,
        "max_steps": None,
    }
    model = config.model.model_copy(update={"dropout": 0.0})
    changed = config.training.model_copy(update=plain | training)
    built, trainer = build_trainer(
        config.model_copy(update={"model": model, "training": changed}), dataset, CPU
    )
    trainer.batches, trainer.validate = Given(batches), None
    return built, trainer


def steps_of(trainer: Trainer) -> Iterator[Step]:
    """Yield a training's updates as they are made, until nobody asks for more."""
    for event in trainer.events():
        if isinstance(event, Step):
            yield event
