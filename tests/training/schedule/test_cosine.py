"""The decay along half a cosine, against torch's."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.training.schedule import Cosine


@given(st.floats(1e-4, 10), st.integers(1, 40), st.floats(0, 1), st.integers(0, 20))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_cosine_falls_as_torchs_does_once_the_warm_up_is_over(
    torchs_rates, learning_rate, fall, floor, warmup_steps
):
    schedule = Cosine(learning_rate, warmup_steps + fall, warmup_steps, floor)

    def torchs(optimizer):
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, fall, eta_min=floor * learning_rate)

    rates = [schedule.rate(step, 1) for step in range(warmup_steps, warmup_steps + fall + 1)]
    assert rates == pytest.approx(
        torchs_rates(torchs, learning_rate, fall + 1), rel=1e-9, abs=1e-9 * learning_rate
    )


def test_cosine_begins_at_the_learning_rate_is_at_its_half_halfway_and_stays_at_the_floor():
    schedule = Cosine(0.8, 20)
    assert [schedule.rate(step, 1) for step in (0, 10, 20, 21, 1000)] == pytest.approx([0.8, 0.4, 0, 0, 0])


def test_cosines_floor_is_a_share_of_the_learning_rate():
    schedule = Cosine(0.8, 20, floor=0.25)
    assert [schedule.rate(step, 1) for step in (0, 10, 20, 21, 40)] == pytest.approx(
        [0.8, 0.5, 0.2, 0.2, 0.2]
    )


def test_cosine_does_not_fall_during_the_warm_up():
    schedule = Cosine(0.8, 20, warmup_steps=4)
    assert [schedule.rate(step, 1) for step in range(5)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8])


def test_cosine_endures_a_warm_up_longer_than_training():
    schedule = Cosine(0.8, 2, warmup_steps=4)
    assert [schedule.rate(step, 1) for step in range(4)] == pytest.approx([0.2, 0.4, 0.6, 0.8])
