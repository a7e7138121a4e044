"""A decay whenever validations stop getting better."""

from collections.abc import Mapping

from seq2seq_cli.training.schedule.schedule import Schedule


class Plateau(Schedule):
    """Multiplied by a factor after some validations in a row without a better score.

        η = η₀ · factor^decays

    A decay begins the count of validations anew.

    Args:
        learning_rate: η₀.
        total_steps: see Schedule.
        warmup_steps: see Schedule.
        patience: how many validations in a row without a better score make a decay.
        factor: what each decay multiplies by.
    """

    def __init__(
        self,
        learning_rate: float,
        total_steps: int,
        warmup_steps: int = 0,
        patience: int = 1,
        factor: float = 0.5,
    ) -> None:
        super().__init__(learning_rate, total_steps, warmup_steps)
        self.patience = patience
        self.factor = factor
        self.waited = 0  # validations without a better score since the last better one or the last decay
        self.decays = 0

    def course(self, step: int, epoch: int) -> float:
        """Return the rate after the decays so far."""
        return self.learning_rate * self.factor**self.decays

    def validated(self, better: bool) -> None:
        """Count a validation, and decay when patience is at its end."""
        self.waited = 0 if better else self.waited + 1
        if self.waited >= self.patience:
            self.waited = 0
            self.decays += 1

    def state(self) -> dict[str, int]:
        """Return the counts."""
        return {"waited": self.waited, "decays": self.decays}

    def load(self, state: Mapping[str, int]) -> None:
        """Take over the counts.

        Raises:
            KeyError: one is missing.
        """
        self.waited, self.decays = state["waited"], state["decays"]
