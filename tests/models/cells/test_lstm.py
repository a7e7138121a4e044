"""The LSTM, against its equations in plain floats."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.models.cells import LSTMCell

FLOATING_TYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


@given(seed=st.integers(0, 10**6), input_size=st.integers(1, 4), size=st.integers(1, 4))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_a_step_is_what_the_equations_say(random_cell, random_state, times, seed, input_size, size):
    torch.manual_seed(seed)
    cell = random_cell("lstm", input_size, size)
    x, (hidden, memory) = torch.randn(3, input_size).double(), random_state(cell, 3)

    def by_hand(row):
        """Return i, f, g, o, h' and c' of one sentence, as lists of plain floats."""

        def gate(number, nonlinearity):
            wx = times(cell.weight_input, x[row].tolist(), number, size)
            uh = times(cell.weight_hidden, hidden[row].tolist(), number, size)
            b = cell.bias[number * size : (number + 1) * size].tolist()
            return [nonlinearity(sum(terms)) for terms in zip(wx, uh, b, strict=True)]

        i, f, g, o = gate(0, sigmoid), gate(1, sigmoid), gate(2, math.tanh), gate(3, sigmoid)
        c = memory[row].tolist()
        after = [f[k] * c[k] + i[k] * g[k] for k in range(size)]
        return i, f, g, o, [o[k] * math.tanh(after[k]) for k in range(size)], after

    gates, after = cell.gates(cell.project(x), (hidden, memory)), cell.step(x, (hidden, memory))
    for row in range(3):
        for ours, expected in zip((*gates, *after), by_hand(row), strict=True):
            assert ours[row].tolist() == pytest.approx(expected, abs=1e-12)


def test_the_gates_go_by_their_names(random_cell, random_state, assert_same):
    cell = random_cell("lstm")
    x, state = torch.randn(4, 3).double(), random_state(cell, 4)
    gates = cell.gates(cell.project(x), state)
    hidden, memory = cell.step(x, state)
    assert_same(memory, gates.forget * state[1] + gates.input * gates.candidate)
    assert_same(hidden, gates.output * memory.tanh())


@pytest.mark.parametrize("dtype", FLOATING_TYPES, ids=str)
def test_holding_keeps_the_cell_to_the_last_bit(random_cell, random_state, dtype):
    cell = random_cell("lstm", 3, 5, spread=3).to(dtype)
    state = random_state(cell, 64, dtype)
    projected = cell.project(10 * torch.randn(64, 3).to(dtype)) + cell.holding()
    assert torch.equal(cell.advance(projected, state)[1], state[1])


def test_without_holding_the_cell_changes(random_cell, random_state):
    cell = random_cell("lstm")
    state = random_state(cell, 64)
    assert (cell.step(torch.randn(64, 3).double(), state)[1] != state[1]).all()


def test_while_holding_no_parameter_has_a_share_in_the_cell(random_cell, random_state):
    cell = random_cell("lstm")
    x = torch.randn(8, 3).double().requires_grad_()
    hidden, memory = (part.requires_grad_() for part in random_state(cell, 8))
    cell.advance(cell.project(x) + cell.holding(), (hidden, memory))[1].sum().backward()
    assert torch.equal(memory.grad, torch.ones_like(memory))
    for tensor in (x, hidden, *cell.parameters()):
        assert not tensor.grad.any()


def test_a_new_one_remembers_until_told_to_forget():
    assert LSTMCell(3, 5).bias.tolist() == [0] * 5 + [1] * 5 + [0] * 10
