"""The simple recurrent network, against its equation in plain floats."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st


@given(seed=st.integers(0, 10**6), input_size=st.integers(1, 4), size=st.integers(1, 4))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_a_step_is_what_the_equation_says(random_cell, random_state, times, seed, input_size, size):
    torch.manual_seed(seed)
    cell = random_cell("tanh", input_size, size)
    x, (hidden,) = torch.randn(3, input_size).double(), random_state(cell, 3)
    (after,) = cell.step(x, (hidden,))
    for row in range(3):
        wx = times(cell.weight_input, x[row].tolist(), 0, size)
        uh = times(cell.weight_hidden, hidden[row].tolist(), 0, size)
        expected = [math.tanh(sum(terms)) for terms in zip(wx, uh, cell.bias.tolist(), strict=True)]
        assert after[row].tolist() == pytest.approx(expected, abs=1e-12)
