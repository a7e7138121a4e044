"""Sinusoidal positions, against the formula in plain Python."""

import math

import pytest
import torch

from seq2seq_cli.models.encoders.positions import positions


def wave(t, column, size):
    """Return one number of Vaswani et al. 2017, section 3.5."""
    angle = t / 10000 ** (2 * (column // 2) / size)
    return math.cos(angle) if column % 2 else math.sin(angle)


@pytest.mark.parametrize("size", [1, 2, 5, 8])
@pytest.mark.parametrize("time", [1, 7, 2000])
def test_positions_are_those_of_the_formula(time, size):
    ours = positions(time, size, torch.empty(1, dtype=torch.float64))
    assert ours.dtype == torch.float64
    expected = [[wave(t, column, size) for column in range(size)] for t in range(time)]
    torch.testing.assert_close(ours, torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-11)


def test_the_first_waves_written_out():
    ours = positions(2, 4, torch.empty(1, dtype=torch.float64))
    expected = [[0, 1, 0, 1], [math.sin(1), math.cos(1), math.sin(0.01), math.cos(0.01)]]
    torch.testing.assert_close(ours, torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-4), (torch.bfloat16, 4e-3)])
def test_less_precise_types_are_rounded_only_at_the_end(dtype, near):
    exact = positions(600, 6, torch.empty(1, dtype=torch.float64))
    ours = positions(600, 6, torch.empty(1, dtype=dtype))
    assert ours.dtype == dtype
    torch.testing.assert_close(ours.double(), exact, rtol=0, atol=near)


def test_positions_live_where_the_tensor_does():
    assert positions(3, 4, torch.empty(1, device="meta")).device.type == "meta"


def test_no_two_positions_of_a_very_long_text_are_the_same():
    ours = positions(20_000, 8, torch.empty(1, dtype=torch.float64))
    assert len(ours.unique(dim=0)) == 20_000
