"""The training loop: a generator of events. Whoever iterates records, draws and saves."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor

from seq2seq_cli.batch import Batch
from seq2seq_cli.errors import TrainingError
from seq2seq_cli.training.events import Event, Finished, Step, Validated
from seq2seq_cli.training.forcing import Forcing
from seq2seq_cli.training.loss import masked_cross_entropy
from seq2seq_cli.training.optim import Optimizer, clip_gradients
from seq2seq_cli.training.schedule import Schedule


class Batches(Protocol):
    """Where batches come from: the same order whenever the same epoch is asked for."""

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        ...

    def shuffled(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield an epoch's batches from number `start` on."""
        ...


class Model(Protocol):
    """What the loop asks of a model: a torch.nn.Module with this forward."""

    def __call__(self, batch: Batch, forced: Tensor | None) -> Tensor:
        """Return logits (batch, target time, vocabulary)."""
        ...

    def train(self) -> Any:
        """Switch dropout on."""
        ...


@dataclass
class Progress:
    """How far a training has come; with the tensors' state, all that is needed to go on."""

    step: int = 0  # updates so far
    epoch: int = 1
    batch: int = 0  # batches of this epoch that are done
    validated_step: int = 0  # the last step after which the valid part was scored
    best_step: int | None = None
    best_rank: Sequence[float] | None = None  # (BLEU, -loss) of the best validation
    target_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class TrainerState:
    """A trainer at rest: tensors by name, and plain numbers."""

    tensors: Mapping[str, Tensor]
    progress: Mapping[str, Any]


@dataclass(frozen=True)
class Scores:
    """What validation gives back."""

    loss: float  # nats a word, teacher-forced
    bleu: float
    bleu_any: float
    exact_match: float


class Trainer:
    """Makes a model better, batch by batch.

    Args:
        model: batch, mask of forced positions -> logits.
        optimizer: holds the model's parameters.
        schedule: epoch -> learning rate.
        forcing: when the decoder is given the right word before.
        batches: the training part.
        validate: scores the valid part without touching parameters or random generators; None without one.
        epochs: how often to go through the training part.
        max_steps: stop after so many updates, if not before.
        clip_norm: the greatest norm of a gradient; None for any.
        device: where the model is.
    """

    def __init__(
        self,
        model: Model,
        optimizer: Optimizer,
        schedule: Schedule,
        forcing: Forcing,
        batches: Batches,
        validate: Callable[[], Scores] | None,
        *,
        epochs: int,
        max_steps: int | None = None,
        clip_norm: float | None = None,
        device: torch.device,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.schedule = schedule
        self.forcing = forcing
        self.batches = batches
        self.validate = validate
        self.epochs = epochs
        self.max_steps = max_steps
        self.clip_norm = clip_norm
        self.device = device
        self.progress = Progress()

    @property
    def total_steps(self) -> int:
        """How many updates a whole training has."""
        steps = self.epochs * len(self.batches)
        return steps if self.max_steps is None else min(steps, self.max_steps)

    @property
    def done(self) -> bool:
        """Whether the last update has been made and scored."""
        progress = self.progress
        scored = self.validate is None or progress.validated_step == progress.step
        return progress.step >= self.total_steps and scored

    def events(self) -> Iterator[Event]:
        """Train from where `progress` stands to the end, and tell what happens.

        At every event the trainer's state is whole: saved then and loaded into a new trainer, it goes on
        to the same parameters, bit for bit.
        """
        progress = self.progress
        while progress.step < self.total_steps:
            began = time.perf_counter()
            for batch in self.batches.shuffled(progress.epoch, progress.batch):
                yield self._update(batch, began)
                if progress.step >= self.total_steps:
                    break
                began = time.perf_counter()
            if progress.batch >= len(self.batches):
                yield from self._validation()
                progress.epoch, progress.batch = progress.epoch + 1, 0
        yield from self._validation()
        epoch = progress.epoch if progress.batch else progress.epoch - 1
        yield Finished(progress.step, epoch, progress.target_tokens, progress.seconds, progress.best_step)

    def state(self) -> TrainerState:
        """Return everything but the model's parameters that is needed to go on."""
        tensors = {f"optimizer.{name}": tensor for name, tensor in self.optimizer.tensors().items()}
        for name, (get_state, _) in _generators(self.device).items():
            tensors[f"generator.{name}"] = get_state()
        return TrainerState(tensors, asdict(self.progress))

    def load(self, state: TrainerState) -> None:
        """Go on from a state; the model's parameters have been loaded already.

        Raises:
            KeyError, RuntimeError, TypeError: the state is of another training.
        """
        self.progress = Progress(**state.progress)
        prefix = "optimizer."
        tensors = {
            name[len(prefix) :]: tensor for name, tensor in state.tensors.items() if name.startswith(prefix)
        }
        self.optimizer.load(tensors, self.progress.step)
        for name, (_, set_state) in _generators(self.device).items():
            if f"generator.{name}" in state.tensors:  # not where it was saved on another kind of device
                set_state(state.tensors[f"generator.{name}"])

    def _update(self, batch: Batch, began: float) -> Step:
        """Improve the parameters by one batch, whose making began at `began` on the clock."""
        progress = self.progress
        learning_rate = self.schedule.rate(progress.epoch)
        target_tokens = batch.target_tokens  # counted here, where it needs no word from a GPU
        batch = batch.to(self.device)
        self.model.train()
        self.optimizer.zero_grad()
        loss = masked_cross_entropy(self.model(batch, self.forcing.mask(batch.target)), batch.target)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = clip_gradients(self.optimizer.parameters, self.clip_norm)
        nats = loss.item()
        if not (math.isfinite(nats) and math.isfinite(norm)):
            raise TrainingError(
                f"Training has diverged at step {progress.step + 1}: the loss is {nats}, "
                f"the gradient's norm {norm}.",
                "Lower training.learning_rate or training.clip_norm; the last checkpoint is kept.",
            )
        self.optimizer.step(learning_rate)
        progress.step += 1
        progress.batch += 1
        progress.target_tokens += target_tokens
        progress.seconds += time.perf_counter() - began
        return Step(
            progress.step,
            progress.epoch,
            nats,
            learning_rate,
            norm,
            progress.target_tokens,
            progress.seconds,
        )

    def _validation(self) -> Iterator[Event]:
        """Score the valid part, unless that was done after this very step."""
        progress = self.progress
        if self.validate is None or progress.validated_step == progress.step:
            return
        scores = self.validate()
        # The loss grows again long before the outputs get worse, so it is these that decide.
        rank = (scores.bleu_any, -scores.loss)
        best = progress.best_rank is None or rank > tuple(progress.best_rank)
        if best:
            progress.best_rank, progress.best_step = rank, progress.step
        progress.validated_step = progress.step
        yield Validated(
            progress.step,
            progress.epoch,
            scores.loss,
            math.exp(min(scores.loss, 700)),  # beyond, a float overflows
            scores.bleu,
            scores.bleu_any,
            scores.exact_match,
            progress.seconds,
            best,
        )


def _generators(device: torch.device) -> dict[str, tuple[Callable[[], Tensor], Callable[[Tensor], None]]]:
    """Return how to read and set the random generators that training draws from, by the kind of device."""
    generators: dict[str, tuple[Callable[[], Tensor], Callable[[Tensor], None]]] = {
        "cpu": (torch.get_rng_state, torch.set_rng_state)
    }
    if device.type == "cuda":
        generators["cuda"] = (
            partial(torch.cuda.get_rng_state, device),
            partial(torch.cuda.set_rng_state, device=device),
        )
    elif device.type == "mps":
        generators["mps"] = (torch.mps.get_rng_state, torch.mps.set_rng_state)
    return generators
