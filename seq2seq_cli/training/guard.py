"""A training that has gone astray is stopped before it does harm."""

import math

from seq2seq_cli.errors import TrainingError

EXPLODED = 2.0
"""A loss is taken for exploded from so many times the first one on."""

STRIKES = 20
"""So many exploded losses in a row end the training."""


def strikes_after(strikes: int, step: int, loss: float, norm: float, first_loss: float) -> int:
    """Return how many updates in a row have had an exploded loss, before the update is made.

    Args:
        strikes: how many there were before this one.
        step: the update's number, from 1.
        loss: its loss, nats a word.
        norm: its gradient's norm.
        first_loss: the loss of the first update.

    Raises:
        TrainingError: the loss or the norm is not a number, or the loss has exploded and does not come back.
    """
    if not (math.isfinite(loss) and math.isfinite(norm)):
        raise TrainingError(
            f"Training has diverged at step {step:,}: the loss is {loss}, the gradient's norm {norm}.",
            _ADVICE,
        )
    strikes = strikes + 1 if loss > EXPLODED * first_loss else 0
    if strikes >= STRIKES:
        raise TrainingError(
            f"Training has exploded: at step {step:,} the loss is {loss:.1f} nats a word, and has been above "
            f"{EXPLODED:g} times the first one ({first_loss:.1f}) for {strikes} updates.",
            _ADVICE,
        )
    return strikes


_ADVICE = (
    "Try a lower training.learning_rate, training.schedule.warmup_steps, a lower training.clip_norm, or "
    "training.precision float32, under another name (--run). Checkpoints saved before are whole: "
    "use the best one by --checkpoint best."
)
