"""The warm-up, against torch's."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.training.schedule import Constant, StepDecay


@given(st.floats(1e-5, 10), st.integers(2, 30))
@settings(derandomize=True, deadline=None, max_examples=20)
def test_the_warm_up_is_torchs(torchs_rates, learning_rate, warmup_steps):
    schedule = Constant(learning_rate, 40, warmup_steps)

    def torchs(optimizer):
        return torch.optim.lr_scheduler.LinearLR(optimizer, 1 / warmup_steps, total_iters=warmup_steps - 1)

    rates = [schedule.rate(step, 1) for step in range(40)]
    assert rates == pytest.approx(torchs_rates(torchs, learning_rate, 40), rel=1e-10)


def test_the_warm_up_rises_in_a_straight_line_and_then_lets_the_rate_be():
    schedule = Constant(0.4, 10, warmup_steps=4)
    assert [schedule.rate(step, 1) for step in range(7)] == [0.1, 0.2, pytest.approx(0.3), 0.4, 0.4, 0.4, 0.4]


def test_the_warm_up_multiplies_a_course_that_already_falls():
    schedule = StepDecay(0.8, 10, warmup_steps=4)
    assert [schedule.rate(step, step // 2 + 1) for step in range(6)] == pytest.approx(
        [0.8 / 4, 0.8 * 2 / 4, 0.4 * 3 / 4, 0.4, 0.2, 0.2]
    )


def test_validations_change_nothing_and_leave_no_state_by_default():
    schedule = Constant(0.4, 10)
    schedule.validated(False)
    schedule.load({})
    assert schedule.state() == {}
    assert schedule.rate(0, 1) == 0.4
