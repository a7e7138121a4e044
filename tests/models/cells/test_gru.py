"""The GRU, against its equations in plain floats."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.models.cells import GRUCell


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


@given(seed=st.integers(0, 10**6), input_size=st.integers(1, 4), size=st.integers(1, 4))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_a_step_is_what_the_equations_say(random_cell, random_state, times, seed, input_size, size):
    torch.manual_seed(seed)
    cell = random_cell("gru", input_size, size)
    x, (hidden,) = torch.randn(3, input_size).double(), random_state(cell, 3)

    def by_hand(row):
        """Return r, z, n and h' of one sentence, as lists of plain floats."""
        h, b, c = hidden[row].tolist(), cell.bias.tolist(), cell.bias_hidden.tolist()
        wx = [times(cell.weight_input, x[row].tolist(), number, size) for number in range(3)]
        uh = [times(cell.weight_hidden, h, number, size) for number in range(3)]
        r = [sigmoid(wx[0][k] + uh[0][k] + b[k]) for k in range(size)]
        z = [sigmoid(wx[1][k] + uh[1][k] + b[size + k]) for k in range(size)]
        n = [math.tanh(wx[2][k] + b[2 * size + k] + r[k] * (uh[2][k] + c[k])) for k in range(size)]
        return r, z, n, [z[k] * h[k] + (1 - z[k]) * n[k] for k in range(size)]

    gates, after = cell.gates(cell.project(x), (hidden,)), cell.step(x, (hidden,))
    for row in range(3):
        for ours, expected in zip((*gates, *after), by_hand(row), strict=True):
            assert ours[row].tolist() == pytest.approx(expected, abs=1e-12)


def test_the_gates_go_by_their_names(random_cell, random_state, assert_same):
    cell = random_cell("gru")
    x, state = torch.randn(4, 3).double(), random_state(cell, 4)
    gates = cell.gates(cell.project(x), state)
    assert_same(cell.step(x, state)[0], gates.update * state[0] + (1 - gates.update) * gates.candidate)


def test_what_is_not_reset_is_forgotten_by_the_candidate(random_cell, random_state, assert_same):
    cell = random_cell("gru")
    with torch.no_grad():
        cell.bias[:4] = -1e4  # r = 0
    projected = cell.project(torch.randn(4, 3).double())
    assert_same(cell.gates(projected, random_state(cell, 4)).candidate, projected[:, 8:].tanh())


def test_what_is_not_updated_stays(random_cell, random_state):
    cell = random_cell("gru")
    with torch.no_grad():
        cell.bias[4:8] = 1e4  # z = 1
    state = random_state(cell, 4)
    assert torch.equal(cell.step(torch.randn(4, 3).double(), state)[0], state[0])


def test_a_new_one_draws_the_candidates_second_bias_within_the_bound():
    bias = GRUCell(3, 400).bias_hidden
    assert 0.04 < bias.abs().max() <= 0.05
    assert abs(bias.mean()) < 0.01
