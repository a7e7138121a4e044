"""Schedules: the learning rate as a function of the epoch."""

from typing import Protocol

from seq2seq_cli.registry import Registry


class Schedule(Protocol):
    """The learning rate's course."""

    def rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch, the first being 1."""
        ...


class Constant:
    """The same rate throughout."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate

    def rate(self, epoch: int) -> float:
        """Return the rate of an epoch."""
        return self.learning_rate


class StepDecay:
    """Multiplied by a factor again and again.

        η(epoch) = η₀ · factor^⌊(epoch - 1) / step size⌋

    Args:
        learning_rate: η₀.
        step_size: epochs between two decays.
        factor: what each decay multiplies by.
    """

    def __init__(self, learning_rate: float, step_size: int = 1, factor: float = 0.5) -> None:
        self.learning_rate = learning_rate
        self.step_size = step_size
        self.factor = factor

    def rate(self, epoch: int) -> float:
        """Return the rate of an epoch."""
        decays = (epoch - 1) // self.step_size
        return self.learning_rate * self.factor**decays


SCHEDULES: Registry[type[Constant] | type[StepDecay]] = Registry(
    "schedule", {"constant": Constant, "step": StepDecay}
)
