"""Learning rates by epoch, against torch's schedulers."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.training.schedule import SCHEDULES, Constant, StepDecay


def torchs_rates(learning_rate, step_size, factor, epochs):
    """Return the rate of each epoch by torch.optim.lr_scheduler.StepLR."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], learning_rate)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size, factor)
    rates = []
    for _ in range(epochs):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return rates


@given(st.floats(1e-5, 10), st.integers(1, 5), st.floats(0.05, 1.5))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_step_decays_as_torchs_does(learning_rate, step_size, factor):
    schedule = StepDecay(learning_rate, step_size, factor)
    rates = [schedule.rate(epoch) for epoch in range(1, 13)]
    assert rates == pytest.approx(torchs_rates(learning_rate, step_size, factor, 12), rel=1e-12)


def test_step_halves_after_so_many_epochs():
    schedule = StepDecay(0.8, step_size=2, factor=0.5)
    assert [schedule.rate(epoch) for epoch in range(1, 8)] == [0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.1]


def test_constant_stays():
    assert {Constant(0.3).rate(epoch) for epoch in range(1, 50)} == {0.3}


@pytest.mark.parametrize("name", SCHEDULES)
def test_an_epochs_rate_is_positive_and_does_not_depend_on_what_was_asked_before(make_variant, name):
    def make():
        return make_variant(SCHEDULES, name, 0.1, step_size=3, factor=0.5)

    schedule = make()
    rates = {epoch: schedule.rate(epoch) for epoch in range(1, 30)}
    assert all(rate > 0 for rate in rates.values())
    assert {epoch: make().rate(epoch) for epoch in reversed(rates)} == rates


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_learning_rate_is_the_scale_of_all_rates(name):
    one, two = SCHEDULES[name](0.1), SCHEDULES[name](0.2)
    assert [two.rate(epoch) for epoch in range(1, 9)] == pytest.approx(
        [2 * one.rate(epoch) for epoch in range(1, 9)]
    )
