"""The decay by epochs, against torch's."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.training.schedule import StepDecay


@given(st.floats(1e-5, 10), st.integers(1, 5), st.floats(0.05, 1))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_step_decays_as_torchs_does(torchs_rates, learning_rate, step_size, factor):
    schedule = StepDecay(learning_rate, 99, step_size=step_size, factor=factor)

    def torchs(optimizer):
        return torch.optim.lr_scheduler.StepLR(optimizer, step_size, factor)

    rates = [schedule.rate(99, epoch) for epoch in range(1, 13)]
    assert rates == pytest.approx(torchs_rates(torchs, learning_rate, 12), rel=1e-12)


def test_step_halves_after_so_many_epochs_whatever_the_step():
    for step in (0, 7, 1000):
        schedule = StepDecay(0.8, 99, step_size=2, factor=0.5)
        rates = [schedule.rate(step, epoch) for epoch in range(1, 8)]
        assert rates == [0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.1]
