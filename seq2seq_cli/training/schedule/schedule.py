"""What every schedule can do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping


class Schedule(ABC):
    """The learning rate's course, after a warm-up in which it rises to it in a straight line.

        η(step) = course(step) · min(1, (step + 1) / warm-up steps)

    (Goyal et al. 2017, section 2.2, the gradual warm-up.)

    Args:
        learning_rate: η₀, the highest rate.
        total_steps: how many updates the whole training has.
        warmup_steps: how many updates the rise takes; 0 begins at once.
    """

    def __init__(self, learning_rate: float, total_steps: int, warmup_steps: int = 0) -> None:
        self.learning_rate = learning_rate
        self.total_steps = total_steps
        self.warmup_steps = warmup_steps

    def rate(self, step: int, epoch: int) -> float:
        """Return the learning rate of an update.

        Args:
            step: how many updates were made before it; the first is 0.
            epoch: in which epoch it is; the first is 1.
        """
        rise = min(1.0, (step + 1) / self.warmup_steps) if self.warmup_steps else 1.0
        return self.course(step, epoch) * rise

    @abstractmethod
    def course(self, step: int, epoch: int) -> float:
        """Return the learning rate of an update as it would be without the warm-up."""

    def validated(self, better: bool) -> None:  # noqa: B027  (most schedules do not listen)
        """Hear whether a validation had a better score than all before it."""

    def state(self) -> dict[str, int]:
        """Return what a checkpoint has to hold of what validations have changed, by name."""
        return {}

    def load(self, state: Mapping[str, int]) -> None:  # noqa: B027  (most schedules have no state)
        """Take over a state that `state` returned.

        Raises:
            KeyError: a number is missing.
        """
