"""A decay by epochs."""

from seq2seq_cli.training.schedule.schedule import Schedule


class StepDecay(Schedule):
    """Multiplied by a factor again and again.

        η(epoch) = η₀ · factor^⌊(epoch - 1) / step size⌋

    Args:
        learning_rate: η₀.
        total_steps: see Schedule.
        warmup_steps: see Schedule.
        step_size: epochs between two decays.
        factor: what each decay multiplies by.
    """

    def __init__(
        self,
        learning_rate: float,
        total_steps: int,
        warmup_steps: int = 0,
        step_size: int = 1,
        factor: float = 0.5,
    ) -> None:
        super().__init__(learning_rate, total_steps, warmup_steps)
        self.step_size = step_size
        self.factor = factor

    def course(self, step: int, epoch: int) -> float:
        """Return the rate of an epoch."""
        decays = (epoch - 1) // self.step_size
        return self.learning_rate * self.factor**decays
