"""Up and down once."""

from seq2seq_cli.training.schedule.cosine import between
from seq2seq_cli.training.schedule.schedule import Schedule


class OneCycle(Schedule):
    """Rises along half a cosine to the highest rate, and falls along another to nearly nothing.

        η₀ / 25  →  η₀  →  η₀ / 25 / 10⁴

    (Smith & Topin 2018, section 3, the 1cycle policy, with cosines for its straight lines, as torch has it.)
    The rise is the warm-up, so there is no other.

    Args:
        learning_rate: η₀.
        total_steps: see Schedule.
        warmup_steps: how many updates the rise takes; 0 takes the share `rise`.
        rise: the share of all updates that the rise takes.
    """

    first_divisor, last_divisor = 25, 25e4

    def __init__(
        self, learning_rate: float, total_steps: int, warmup_steps: int = 0, rise: float = 0.3
    ) -> None:
        super().__init__(learning_rate, total_steps)
        self.top = max(warmup_steps or rise * total_steps, 1) - 1  # the step of the highest rate

    def course(self, step: int, epoch: int) -> float:
        """Return the rate of an update."""
        highest = self.learning_rate
        if step < self.top:
            return between(highest / self.first_divisor, highest, step / self.top)
        fall = max(self.total_steps - 1 - self.top, 1)
        return between(highest, highest / self.last_divisor, (step - self.top) / fall)
