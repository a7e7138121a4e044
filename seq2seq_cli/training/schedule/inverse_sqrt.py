"""A decay with the square root of the updates."""

import math

from seq2seq_cli.training.schedule.schedule import Schedule


class InverseSqrt(Schedule):
    """Falls with one over the square root of the updates, from the end of the warm-up on.

        η(step) = η₀ · √(w / max(step + 1, w)),   w = max(warm-up steps, 1)

    (Vaswani et al. 2017, section 5.3, equation 3, scaled so that η₀ is the highest rate.)
    """

    def course(self, step: int, epoch: int) -> float:
        """Return the rate of an update."""
        highest = max(self.warmup_steps, 1)
        return self.learning_rate * math.sqrt(highest / max(step + 1, highest))
