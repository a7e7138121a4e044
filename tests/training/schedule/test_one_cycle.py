"""Up and down once, against torch's."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.training.schedule import OneCycle


def maker_of_torchs(learning_rate, total_steps, rise):
    def make(optimizer):
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer, learning_rate, total_steps=total_steps, pct_start=rise, cycle_momentum=False
        )

    return make


@given(st.floats(1e-4, 10), st.integers(10, 60), st.floats(0.2, 0.9))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_one_cycle_is_torchs(torchs_rates, learning_rate, total_steps, rise):
    schedule = OneCycle(learning_rate, total_steps, rise=rise)
    torchs = torchs_rates(maker_of_torchs(learning_rate, total_steps, rise), learning_rate, total_steps)
    rates = [schedule.rate(step, 1) for step in range(total_steps)]
    assert rates == pytest.approx(torchs, rel=1e-9, abs=1e-12 * learning_rate)


@given(st.integers(10, 60), st.integers(2, 9), st.floats(0.2, 0.9))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_a_warm_up_is_the_length_of_the_rise(torchs_rates, total_steps, warmup_steps, rise):
    schedule = OneCycle(0.8, total_steps, warmup_steps, rise)
    torchs = torchs_rates(maker_of_torchs(0.8, total_steps, warmup_steps / total_steps), 0.8, total_steps)
    rates = [schedule.rate(step, 1) for step in range(total_steps)]
    assert rates == pytest.approx(torchs, rel=1e-9)


def test_one_cycle_goes_from_a_25th_to_the_learning_rate_and_down_to_nearly_nothing():
    schedule = OneCycle(0.5, 101, warmup_steps=21)
    rates = [schedule.rate(step, 1) for step in (0, 20, 60, 100, 101, 5000)]
    lowest = 0.5 / 25 / 10**4
    assert rates == pytest.approx([0.5 / 25, 0.5, (0.5 + lowest) / 2, lowest, lowest, lowest])


def test_one_cycle_rises_for_30_percent_of_training_unless_told_otherwise():
    rates = [OneCycle(0.5, 100).rate(step, 1) for step in range(100)]
    assert rates.index(max(rates)) == 29


@pytest.mark.parametrize("total_steps", [1, 2, 3])
def test_one_cycle_of_hardly_any_updates_still_reaches_the_learning_rate(total_steps):
    schedule = OneCycle(0.5, total_steps)
    assert max(schedule.rate(step, 1) for step in range(total_steps)) == 0.5
