"""A decay along half a cosine."""

import math

from seq2seq_cli.training.schedule.schedule import Schedule


class Cosine(Schedule):
    """Falls from the end of the warm-up to the end of training along half a cosine.

        t = (step - warm-up steps) / (total steps - warm-up steps)
        η(step) = η_floor + ½ (η₀ - η_floor) (1 + cos π t),   η_floor = floor · η₀

    (Loshchilov & Hutter 2017, equation 5, one cycle without restarts.) Updates after the last one stay at the
    floor.

    Args:
        learning_rate: η₀.
        total_steps: see Schedule.
        warmup_steps: see Schedule.
        floor: what share of η₀ is left at the end.
    """

    def __init__(
        self, learning_rate: float, total_steps: int, warmup_steps: int = 0, floor: float = 0.0
    ) -> None:
        super().__init__(learning_rate, total_steps, warmup_steps)
        self.floor = floor

    def course(self, step: int, epoch: int) -> float:
        """Return the rate of an update."""
        fall = max(self.total_steps - self.warmup_steps, 1)
        done = max(step - self.warmup_steps, 0) / fall
        return between(self.learning_rate, self.floor * self.learning_rate, done)


def between(start: float, end: float, done: float) -> float:
    """Return where one is on half a cosine from start to end when a share of the way is done.

    Args:
        start: the value at 0.
        end: the value at 1 and beyond.
        done: the share, at least 0.
    """
    left = (1 + math.cos(math.pi * min(done, 1.0))) / 2
    return start * left + end * (1 - left)
