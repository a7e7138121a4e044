"""A run's checkpoints: which there are, which stay, and how they are saved and loaded."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq_cli.config import CheckpointsConfig
from seq2seq_cli.errors import CheckpointError
from seq2seq_cli.files import size_of, write_text
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.registry import did_you_mean
from seq2seq_cli.runs.tensors import count_numbers, load_mean, load_parameters, load_tensors, save_tensors
from seq2seq_cli.training.progress import TrainerState

if TYPE_CHECKING:
    from seq2seq_cli.training.loop import Trainer

_NAMES = ("best", "last", "average", "average:N")
_AVERAGE = re.compile(r"average(?::([1-9][0-9]{0,8}))?")
_STEP = re.compile(r"(?:step-)?([0-9]{1,18})")

# A step's files. The weights go first and the place in the training last: as long as there is a piece of a
# step, it can be told what kind of step it was.
_WEIGHTS, _STATE, _PLACE = _SUFFIXES = (".safetensors", ".state.safetensors", ".json")


def is_due(step: int, rules: CheckpointsConfig) -> bool:
    """Tell whether a step is one of those after which a checkpoint is saved, validation or not."""
    return any(every is not None and step % every == 0 for every in (rules.every, rules.keep_every))


class Checkpoints:
    """The checkpoints of one run, each called after its step.

    Two pointers name one each: `best` the one with the best score, or the latest while nothing has been
    scored, and `last` the one that training goes on from. All have their parameters on the disk; the
    trainer's state is there for the last one alone.

    Args:
        folder: where they are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = folder.parent.resolve().name

    def exist(self) -> bool:
        """Whether there is anything to load."""
        return (self.folder / "last").is_file()

    def steps(self) -> list[int]:
        """Return the steps of the checkpoints that there are, the latest last.

        Raises:
            CheckpointError: there is none.
        """
        last = self._pointed("last")
        return sorted({last, *(step for step in self._on_disk(_WEIGHTS) if step <= last)})

    def steps_of(self, which: str = "best") -> list[int]:
        """Return the step of a checkpoint, or the steps of those that an average is made of.

        Args:
            which: best, last, average (of all there are), average:N (of the latest N), or a step, as 1200 or
                step-1200.

        Raises:
            CheckpointError: there is none of that name, or there are fewer than N.
        """
        if which in ("best", "last"):
            return [self._pointed(which)]
        steps = self.steps()
        if (number := _STEP.fullmatch(which)) and int(number[1]) in steps:
            return [int(number[1])]
        if average := _AVERAGE.fullmatch(which):
            count = int(average[1] or len(steps))
            if count > len(steps):
                raise CheckpointError(
                    f"The run {self.run} has {len(steps)} checkpoint{'s' * (len(steps) != 1)}, "
                    f"too few for {which!r}.",
                    "How many of the latest stay is decided by training.checkpoints.keep_last.",
                )
            return steps[-count:]
        raise CheckpointError(
            f"The run {self.run} has no checkpoint {which!r}; its steps are {', '.join(map(str, steps))}.",
            did_you_mean(which, _NAMES),
        )

    def size(self, step: int) -> int:
        """Return how many bytes the files of a step take."""
        return size_of(self._file(step, suffix) for suffix in _SUFFIXES)

    def parameters(self) -> int:
        """Return how many numbers the parameters of the best checkpoint are.

        Raises:
            CheckpointError: it is missing or damaged.
        """
        return count_numbers(self._file(self._pointed("best"), _WEIGHTS))

    def load(self, model: Seq2Seq, which: str = "best") -> None:
        """Copy a checkpoint's parameters, or the mean of those of several, into a model.

        Raises:
            CheckpointError: see steps_of; a file is missing or damaged, or of another model.
        """
        load_mean(model, [self._file(step, _WEIGHTS) for step in self.steps_of(which)])

    def load_trainer(self, model: Seq2Seq, trainer: "Trainer") -> None:
        """Put a model and its trainer back to where the last checkpoint was saved.

        Raises:
            CheckpointError: it is missing or damaged, or of another model.
        """
        step = self._pointed("last")
        weights, place = self._file(step, _WEIGHTS), self._file(step, _PLACE)
        load_parameters(model, load_tensors(weights), weights)
        try:
            progress = json.loads(place.read_text(encoding="utf-8"))
            trainer.load(TrainerState(load_tensors(self._file(step, _STATE)), progress))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise CheckpointError(f"Cannot go on from {place}: {error}.") from error

    def save(self, model: Seq2Seq, trainer: "Trainer", rules: CheckpointsConfig) -> None:
        """Save a checkpoint, and remove those that need not stay any more.

        Raises:
            OutputError: the disk is full, say; the checkpoints before are untouched.
        """
        step, best, state = trainer.progress.step, trainer.progress.best_step, trainer.state()
        # Saved a second time, a step differs in its place in the training alone (it has been scored):
        # validation touches neither parameters nor random generators. So only one file is replaced, and no
        # kill can leave pieces of both savings.
        if not (self.exist() and self._pointed("last") == step):
            save_tensors(self._file(step, _WEIGHTS), dict(model.named_parameters()))
            save_tensors(self._file(step, _STATE), dict(state.tensors))
        # Before the place, which says that the step has been scored: else a kill in between would lose the
        # best one. Killed after it, training scores the step once more.
        # Written each time: after a kill it may name a step that was not the best when trained again.
        write_text(self.folder / "best", f"step-{step if best is None else best}\n")
        write_text(self._file(step, _PLACE), json.dumps(dict(state.progress), indent=2) + "\n")
        write_text(self.folder / "last", f"step-{step}\n")
        self.tidy(rules)

    def tidy(self, rules: CheckpointsConfig) -> None:
        """Remove what need not stay, and what a process that was killed has left.

        There stay the best and the last, the latest `rules.keep_last`, and the multiples of
        `rules.keep_every`. What was saved in passing, by Ctrl-C, stays as long as it is the last one, and
        counts for nothing: a training that was interrupted keeps the same checkpoints as one that was not.
        After a kill, `best` may name a step that the last one does not know of: then its best stays too.

        Raises:
            CheckpointError: a pointer is damaged.
        """
        stale = list(self.folder.glob(".*.tmp"))
        if self.exist():
            last = self._pointed("last")
            stay = {last, *self._best_until(last)}
            if (self.folder / "best").exists():
                stay.add(self._pointed("best"))
            # A later one than the last is a piece of what was being saved when the process was killed.
            counting = [s for s in self._on_disk(_WEIGHTS) if s <= last and not self._in_passing(s, rules)]
            stay.update(sorted(counting)[-rules.keep_last :])
            stay.update(s for s in counting if rules.keep_every and s % rules.keep_every == 0)
            for suffix in _SUFFIXES:
                stays = stay if suffix == _WEIGHTS else {last}
                stale += [self._file(step, suffix) for step in self._on_disk(suffix) - stays]
        for file in stale:
            with suppress(OSError):
                file.unlink()

    def _pointed(self, pointer: str) -> int:
        path = self.folder / pointer
        try:
            return int(path.read_text(encoding="utf-8").strip().removeprefix("step-"))
        except FileNotFoundError:
            raise CheckpointError(
                f"The run {self.run} has no checkpoint {pointer!r}.", "Train it: s2s train --resume."
            ) from None
        except OSError as error:
            raise CheckpointError(f"Cannot read {path}: {error.strerror or error}.") from error
        except ValueError as error:
            raise CheckpointError(
                f"{path} does not name a checkpoint: it should hold a step, as step-1200.",
                "Write there which of the files beside it is meant, or train again.",
            ) from error

    def _in_passing(self, step: int, rules: CheckpointsConfig) -> bool:
        """Tell whether a step was saved only because somebody interrupted the training there."""
        try:
            place = json.loads(self._file(step, _PLACE).read_text(encoding="utf-8"))
            return not is_due(step, rules) and bool(place["validated_step"] != step)
        except (OSError, ValueError, KeyError, TypeError):  # none is kept of a step that was not the last
            return False

    def _best_until(self, last: int) -> set[int]:
        """Return the best step by what the last checkpoint knows; nothing where none had been scored."""
        try:
            best = json.loads(self._file(last, _PLACE).read_text(encoding="utf-8"))["best_step"]
        except (OSError, ValueError, KeyError, TypeError):  # damaged: nothing can go on from it
            return set()
        return set() if best is None else {best}

    def _on_disk(self, suffix: str) -> set[int]:
        """Return the steps that have a file of this kind."""
        name = re.compile(rf"step-([0-9]{{1,18}}){re.escape(suffix)}")
        return {int(match[1]) for file in self.folder.glob("step-*") if (match := name.fullmatch(file.name))}

    def _file(self, step: int, suffix: str) -> Path:
        return self.folder / f"step-{step}{suffix}"
