"""The training loop: a generator of events. Whoever iterates records, draws and saves."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import asdict
from itertools import islice
from typing import Protocol

import torch
from torch import Tensor

from seq2seq_cli.batch import Batch
from seq2seq_cli.training.ahead import ahead
from seq2seq_cli.training.events import Event, Finished, Scores, Step, Validated
from seq2seq_cli.training.forcing import Forcing
from seq2seq_cli.training.generators import generators
from seq2seq_cli.training.guard import strikes_after
from seq2seq_cli.training.objective import Objective
from seq2seq_cli.training.optim import Optimizer, gradient_norm
from seq2seq_cli.training.processes import Processes
from seq2seq_cli.training.progress import Progress, TrainerState
from seq2seq_cli.training.schedule import Schedule


class Batches(Protocol):
    """Where batches come from: the same order whenever the same epoch is asked for."""

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        ...

    def shuffled(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield an epoch's batches from number `start` on."""
        ...


class Trainer:
    """Makes a model better, batch by batch.

    Args:
        objective: batch, mask of forced positions -> loss.
        optimizer: holds the model's parameters.
        schedule: the learning rate's course.
        forcing: when the decoder is given the right word before.
        batches: this process's share of the training part.
        validate: scores the valid part without touching parameters or random generators; None without one.
        rank: orders validations; the best has the greatest.
        epochs: how often to go through the training part.
        max_steps: stop after so many updates, if not before.
        accumulation: how many batches make an update.
        clip_norm: the greatest norm of a gradient; None for any.
        validate_every: after how many epochs, or updates, to validate, beside at the end.
        validate_by_steps: whether `validate_every` counts updates.
        patience: stop after so many validations in a row that were not better; None for never.
        processes: those that train together.
    """

    def __init__(
        self,
        objective: Objective,
        optimizer: Optimizer,
        schedule: Schedule,
        forcing: Forcing,
        batches: Batches,
        validate: Callable[[], Scores] | None,
        rank: Callable[[Scores], Sequence[float]],
        *,
        epochs: int,
        max_steps: int | None = None,
        accumulation: int = 1,
        clip_norm: float | None = None,
        validate_every: int = 1,
        validate_by_steps: bool = False,
        patience: int | None = None,
        processes: Processes,
    ) -> None:
        self.objective = processes.joined(objective)
        self.optimizer = optimizer
        self.schedule = schedule
        self.forcing = forcing
        self.batches = batches
        self.validate = validate
        self.rank = rank
        self.epochs = epochs
        self.max_steps = max_steps
        self.accumulation = accumulation
        self.clip_norm = clip_norm
        self.validate_every = validate_every
        self.validate_by_steps = validate_by_steps
        self.patience = patience
        self.processes = processes
        self.progress = Progress()

    @property
    def total_steps(self) -> int:
        """How many updates a whole training has."""
        return updates(len(self.batches), self.epochs, self.accumulation, self.max_steps)

    @property
    def done(self) -> bool:
        """Whether the last update has been made and scored."""
        progress = self.progress
        scored = self.validate is None or progress.validated_step == progress.step
        return self._over and scored

    def events(self) -> Iterator[Event]:
        """Train from where `progress` stands to the end, and tell what happens.

        At every event the trainer's state is whole: saved then and loaded into a new trainer, it goes on
        to the same parameters, bit for bit.

        Raises:
            TrainingError: the loss is not a number any more, or has exploded.
        """
        progress = self.progress
        while not self._over:
            yield from self._epoch()
            if progress.batch >= len(self.batches):
                if not self.validate_by_steps and progress.epoch % self.validate_every == 0:
                    yield from self._validation()
                progress.epoch, progress.batch = progress.epoch + 1, 0
        yield from self._validation()
        yield Finished(
            progress.step,
            progress.epoch_of_step,
            progress.target_tokens,
            progress.seconds,
            progress.best_step,
            stopped_early=progress.step < self.total_steps,
        )

    def state(self) -> TrainerState:
        """Return everything but the model's parameters that is needed to go on.

        All processes must ask at the same event: each has random generators of its own.
        """
        tensors = {f"optimizer.{name}": tensor for name, tensor in self.optimizer.tensors().items()}
        for kind, (get_state, _) in generators(self.processes.device).items():
            for rank, state in enumerate(self.processes.gathered(get_state())):
                tensors[f"generator.{kind}.{rank}"] = state
        return TrainerState(tensors, asdict(self.progress) | {"schedule": dict(self.schedule.state())})

    def load(self, state: TrainerState) -> None:
        """Go on from a state; the model's parameters have been loaded already.

        The state may be one of fewer processes, or of another kind of device: then generators that it does
        not have stay as they are.

        Raises:
            KeyError, RuntimeError, TypeError: the state is of another training.
        """
        self.progress = Progress(**state.progress)
        self.schedule.load(self.progress.schedule)
        prefix = "optimizer."
        tensors = {
            name[len(prefix) :]: tensor for name, tensor in state.tensors.items() if name.startswith(prefix)
        }
        self.optimizer.load(tensors, self.progress.step)
        for kind, (_, set_state) in generators(self.processes.device).items():
            if (name := f"generator.{kind}.{self.processes.rank}") in state.tensors:
                set_state(state.tensors[name])

    @property
    def _over(self) -> bool:
        """Whether no further update is to be made."""
        progress = self.progress
        tired = self.patience is not None and progress.waited >= self.patience
        return progress.step >= self.total_steps or tired

    def _epoch(self) -> Iterator[Event]:
        """Make the updates of an epoch that are left."""
        progress = self.progress
        with closing(ahead(self.batches.shuffled(progress.epoch, progress.batch))) as batches:
            while True:
                # Here and not after an update: a training that goes on from that update has it still to do.
                if self.validate_by_steps and progress.step % self.validate_every == 0:
                    yield from self._validation()
                began = time.perf_counter()
                if self._over or not (group := list(islice(batches, self.accumulation))):
                    return
                yield self._update(group, began)

    def _update(self, group: Sequence[Batch], began: float) -> Step:
        """Improve the parameters by a group of batches, whose making began at `began` on the clock."""
        progress, processes = self.progress, self.processes
        (target_tokens,) = processes.total(sum(batch.target_tokens for batch in group))
        learning_rate = self.schedule.rate(progress.step, progress.epoch)
        nats, norm = self._gradients(group, target_tokens)
        if progress.first_loss is None:
            progress.first_loss = nats
        progress.strikes = strikes_after(progress.strikes, progress.step + 1, nats, norm, progress.first_loss)
        self.optimizer.step(learning_rate, self._shrinkage(norm))
        progress.step += 1
        progress.batch += len(group)
        progress.target_tokens += int(target_tokens)
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

    def _gradients(self, group: Sequence[Batch], target_tokens: float) -> tuple[float, float]:
        """Set the gradients of the mean loss of all words of a group; return that mean and their norm.

        Every word weighs the same, whichever sentence, batch or process it is in.
        """
        processes = self.processes
        self.objective.train()
        self.optimizer.zero_grad()
        weight = 1 / max(target_tokens, 1)
        loss = torch.zeros((), device=processes.device)
        for i, batch in enumerate(group):
            with processes.apart(self.objective) if i + 1 < len(group) else nullcontext():
                loss += self._back_propagated(batch.to(processes.device), weight)
        norm = gradient_norm(self.optimizer.parameters)
        nats, norm = torch.stack([loss, norm]).tolist()  # together: one wait for a GPU
        return processes.total(nats)[0], norm

    def _back_propagated(self, batch: Batch, weight: float) -> Tensor:
        """Add a batch's gradients to those there are; return its part of the loss.

        A method of its own, so that nothing holds this batch's graph while the next one's is made.
        """
        forced = self.forcing.mask(batch.target, self.progress.step)
        nats = self.objective(batch, forced) * weight
        (nats * self.processes.ranks).backward()  # the mean over processes makes it a sum
        share: Tensor = nats.detach()
        return share

    def _shrinkage(self, norm: float) -> float:
        """Return what gradients of this norm are multiplied by, so that none is longer than `clip_norm`.

        A step keeps its direction and loses its length (Pascanu, Mikolov & Bengio 2013, algorithm 1).
        """
        return 1.0 if self.clip_norm is None or norm <= self.clip_norm else self.clip_norm / norm

    def _validation(self) -> Iterator[Event]:
        """Score the valid part, unless that was done after this very step.

        Amid exploded losses nothing is the best, whatever its score: it is not to be kept.
        """
        progress = self.progress
        if self.validate is None or progress.validated_step == progress.step:
            return
        scores = self._scores(self.validate)
        rank = self.rank(scores)
        better = progress.best_rank is None or tuple(rank) > tuple(progress.best_rank)
        best = better and not progress.strikes
        if best:
            progress.best_rank, progress.best_step = rank, progress.step
        progress.waited = 0 if best else progress.waited + 1
        self.schedule.validated(best)
        progress.validated_step = progress.step
        yield Validated(
            progress.step,
            progress.epoch_of_step,
            scores.loss,
            math.exp(min(scores.loss, 700)),  # beyond, a float overflows
            scores.bleu,
            scores.bleu_any,
            scores.exact_match,
            progress.seconds,
            best,
            scores.samples,
        )

    def _scores(self, validate: Callable[[], Scores]) -> Scores:
        """Let the leader score the valid part, and tell all; translations it keeps to itself."""
        scores = validate() if self.processes.leads else Scores(0.0, 0.0, 0.0, 0.0)
        told = self.processes.told(scores.loss, scores.bleu, scores.bleu_any, scores.exact_match)
        loss, bleu, bleu_any, exact_match = told
        return Scores(loss, bleu, bleu_any, exact_match, scores.samples)


def updates(batches: int, epochs: int, accumulation: int = 1, max_steps: int | None = None) -> int:
    """Return how many updates a training of so many batches an epoch has."""
    steps = epochs * -(-batches // accumulation)
    return steps if max_steps is None else min(steps, max_steps)
