"""The same rate throughout."""

from seq2seq_cli.training.schedule.schedule import Schedule


class Constant(Schedule):
    """The same rate throughout.

    η(step) = η₀
    """

    def course(self, step: int, epoch: int) -> float:
        """Return η₀."""
        return self.learning_rate
