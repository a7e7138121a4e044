"""Trainings that go astray, and those that only have a bad moment."""

import math

import pytest

from seq2seq_cli.errors import TrainingError
from seq2seq_cli.training.guard import EXPLODED, STRIKES, strikes_after


def strikes_of(losses, first_loss=5.0):
    """Return the strikes after each of some losses."""
    strikes, told = 0, []
    for step, loss in enumerate(losses, 1):
        strikes = strikes_after(strikes, step, loss, 1.0, first_loss)
        told.append(strikes)
    return told


@pytest.mark.parametrize(
    ("loss", "norm"),
    [(math.nan, 1.0), (math.inf, 1.0), (2.0, math.nan), (2.0, math.inf), (math.nan, math.nan)],
)
def test_what_is_no_number_ends_the_training_at_once(loss, norm):
    with pytest.raises(TrainingError) as caught:
        strikes_after(0, 1234, loss, norm, 5.0)
    assert f"step 1,234: the loss is {loss}, the gradient's norm {norm}" in caught.value.message
    for key in ("learning_rate", "warmup_steps", "clip_norm", "precision"):
        assert key in caught.value.hint


def test_a_loss_may_rise_to_twice_the_first():
    assert strikes_of([5.0, 9.9, 10.0, 5.0]) == [0, 0, 0, 0]


def test_a_bad_moment_is_forgiven():
    bad = [5.0 * EXPLODED + 0.1] * (STRIKES - 1)
    assert strikes_of([*bad, 4.0, *bad]) == [*range(1, STRIKES), 0, *range(1, STRIKES)]


def test_a_loss_that_does_not_come_back_ends_the_training():
    with pytest.raises(TrainingError, match=rf"step {STRIKES}\b.* 99\.0 .*\(5\.0\) for {STRIKES} updates"):
        strikes_of([99.0] * 100)
