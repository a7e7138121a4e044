"""The decay after validations without a better score, against torch's."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.training.schedule import Plateau


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 4), st.floats(0.05, 1))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_plateau_decays_as_torchs_does(losses, patience, factor):
    schedule = Plateau(0.5, 99, patience=patience, factor=factor)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 0.5)
    torchs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=factor, patience=patience - 1, threshold=0, eps=0
    )  # torch's patience is how many are borne, ours how many make a decay
    best = math.inf
    for loss in losses:
        schedule.validated(loss < best)
        torchs.step(loss)
        best = min(best, loss)
        assert schedule.rate(3, 1) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)


def test_plateau_counts_validations_in_a_row_and_begins_anew_after_a_decay():
    schedule = Plateau(0.8, 99, patience=2, factor=0.5)
    rates = []
    for better in (True, False, True, False, False, False, False, False):
        schedule.validated(better)
        rates.append(schedule.rate(7, 1))
    assert rates == [0.8, 0.8, 0.8, 0.8, 0.4, 0.4, 0.2, 0.2]


def test_plateaus_state_is_its_two_counts():
    schedule = Plateau(0.8, 99, patience=2)
    assert schedule.state() == {"waited": 0, "decays": 0}
    for better in (False, False, False):
        schedule.validated(better)
    assert schedule.state() == {"waited": 1, "decays": 1}


def test_neither_steps_nor_epochs_make_a_plateau():
    schedule = Plateau(0.8, 99)
    assert {schedule.rate(step, epoch) for step in range(50) for epoch in range(1, 5)} == {0.8}
