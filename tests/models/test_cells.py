"""One step of time, against the equations in plain floats and finite differences."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seq2seq_cli.models.cells import CELLS, LSTMCell

FLOATING_TYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def lstm_by_hand(cell, x, hidden, memory):
    """Return i, f, g, o, h' and c' of one sentence, as lists of plain floats."""
    W, U, b = (part.tolist() for part in (cell.weight_input, cell.weight_hidden, cell.bias))
    size = len(hidden)

    def gate(number, nonlinearity):
        rows = range(number * size, (number + 1) * size)
        return [
            nonlinearity(
                sum(w * value for w, value in zip(W[row], x, strict=True))
                + sum(u * value for u, value in zip(U[row], hidden, strict=True))
                + b[row]
            )
            for row in rows
        ]

    i, f, g, o = gate(0, sigmoid), gate(1, sigmoid), gate(2, math.tanh), gate(3, sigmoid)
    after = [f[k] * memory[k] + i[k] * g[k] for k in range(size)]
    return i, f, g, o, [o[k] * math.tanh(after[k]) for k in range(size)], after


def random_lstm(input_size, hidden_size, spread=1.0):
    """Return an LSTM cell in float64, no part of whose bias is zero."""
    cell = LSTMCell(input_size, hidden_size).double()
    for parameter in cell.parameters():
        nn.init.normal_(parameter, std=spread)
    return cell


class Stepper(nn.Module):
    """A cell that is called to take a step."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x, state):
        return self.cell.step(x, state)


def random_state(cell, batch, dtype=torch.float64):
    return tuple(torch.randn_like(part, dtype=dtype) for part in cell.initial_state(batch))


@given(seed=st.integers(0, 10**6), input_size=st.integers(1, 4), hidden_size=st.integers(1, 4))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_an_lstm_step_is_what_the_equations_say(seed, input_size, hidden_size):
    torch.manual_seed(seed)
    cell = random_lstm(input_size, hidden_size)
    x, (hidden, memory) = torch.randn(3, input_size).double(), random_state(cell, 3)
    gates = cell.gates(cell.project(x), (hidden, memory))
    after = cell.step(x, (hidden, memory))
    for row in range(3):
        by_hand = lstm_by_hand(cell, x[row].tolist(), hidden[row].tolist(), memory[row].tolist())
        for ours, expected in zip((*gates, *after), by_hand, strict=True):
            assert ours[row].tolist() == pytest.approx(expected, abs=1e-12)


def test_the_gates_of_an_lstm_go_by_their_names():
    cell = random_lstm(3, 2)
    x, state = torch.randn(4, 3).double(), random_state(cell, 4)
    gates = cell.gates(cell.project(x), state)
    hidden, memory = cell.step(x, state)
    torch.testing.assert_close(memory, gates.forget * state[1] + gates.input * gates.candidate)
    torch.testing.assert_close(hidden, gates.output * memory.tanh())


@pytest.mark.parametrize("dtype", FLOATING_TYPES, ids=str)
def test_holding_keeps_the_cell_to_the_last_bit(dtype):
    cell = random_lstm(3, 5, spread=3).to(dtype)
    state = random_state(cell, 64, dtype)
    projected = cell.project(10 * torch.randn(64, 3).to(dtype)) + cell.holding()
    assert torch.equal(cell.advance(projected, state)[1], state[1])


def test_without_holding_the_cell_changes():
    cell = random_lstm(3, 5)
    state = random_state(cell, 64)
    assert (cell.step(torch.randn(64, 3).double(), state)[1] != state[1]).all()


def test_while_holding_no_parameter_has_a_share_in_the_cell():
    cell = random_lstm(3, 5)
    x = torch.randn(8, 3).double().requires_grad_()
    hidden, memory = (part.requires_grad_() for part in random_state(cell, 8))
    cell.advance(cell.project(x) + cell.holding(), (hidden, memory))[1].sum().backward()
    assert torch.equal(memory.grad, torch.ones_like(memory))
    for tensor in (x, hidden, *cell.parameters()):
        assert not tensor.grad.any()


def test_a_new_lstm_remembers_until_told_to_forget():
    cell = LSTMCell(3, 5)
    assert cell.bias.tolist() == [0] * 5 + [1] * 5 + [0] * 10


def test_a_new_lstm_draws_its_weights_within_the_bound():
    cell = LSTMCell(50, 100)
    for weight in (cell.weight_input, cell.weight_hidden):
        assert 0.095 < weight.abs().max() <= 0.1
        assert abs(weight.mean()) < 0.005


# What every cell has to fulfil


@pytest.mark.parametrize("name", CELLS)
def test_the_first_state_is_zero_and_has_a_part_for_every_name(name):
    cell = CELLS[name](3, 5)
    state = cell.initial_state(4)
    assert len(state) == len(cell.state_parts)
    for part in state:
        assert torch.equal(part, torch.zeros(4, 5))


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("dtype", FLOATING_TYPES, ids=str)
def test_a_step_keeps_shapes_and_type(name, dtype):
    cell = CELLS[name](3, 5).to(dtype)
    state = cell.initial_state(4)
    after = cell.step(torch.randn(4, 3, dtype=dtype), state)
    assert [(part.shape, part.dtype) for part in after] == [(part.shape, dtype) for part in state]


@pytest.mark.parametrize("name", CELLS)
def test_a_step_is_an_advance_from_the_projected_input(name):
    cell = CELLS[name](3, 5).double()
    x, state = torch.randn(4, 3).double(), random_state(cell, 4)
    torch.testing.assert_close(cell.advance(cell.project(x), state), cell.step(x, state))


@pytest.mark.parametrize("name", CELLS)
def test_all_steps_can_be_projected_at_once(name):
    cell = CELLS[name](3, 5).double()
    x = torch.randn(4, 7, 3).double()
    one_by_one = torch.stack([cell.project(x[:, t]) for t in range(7)], dim=1)
    torch.testing.assert_close(cell.project(x), one_by_one)


@pytest.mark.parametrize("name", CELLS)
def test_a_step_leaves_the_state_before_it_alone(name):
    cell = CELLS[name](3, 5).double()
    x, state = torch.randn(4, 3).double(), random_state(cell, 4)
    before = [part.clone() for part in state]
    first = cell.step(x, state)
    assert all(map(torch.equal, state, before))
    assert all(map(torch.equal, first, cell.step(x, state)))


@pytest.mark.parametrize("name", CELLS)
def test_the_rows_of_a_batch_do_not_see_each_other(name):
    cell = CELLS[name](3, 5).double()
    x, state = torch.randn(6, 3).double(), random_state(cell, 6)
    together = cell.step(x, state)
    for row in range(6):
        alone = cell.step(x[row : row + 1], tuple(part[row : row + 1] for part in state))
        torch.testing.assert_close(alone, tuple(part[row : row + 1] for part in together))


@pytest.mark.parametrize("name", CELLS)
def test_gradients_are_those_of_finite_differences(name):
    cell = CELLS[name](2, 3).double()
    names, parameters = zip(*cell.named_parameters(prefix="cell"), strict=True)
    parts = len(cell.state_parts)

    def step(x, *rest):
        bound = dict(zip(names, rest[parts:], strict=True))
        return torch.func.functional_call(Stepper(cell), bound, (x, rest[:parts]))

    inputs = [torch.randn(2, 2).double(), *random_state(cell, 2), *parameters]
    assert torch.autograd.gradcheck(step, [tensor.detach().requires_grad_() for tensor in inputs])
