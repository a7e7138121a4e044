"""What every cell has to fulfil: a step, all steps of packed sentences, and torch's kernel."""

import pytest
import torch
from torch import nn

from seq2seq_cli.models.cells import CELLS

FLOATING_TYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
SIZES = {"ragged": (4, 3, 3, 1), "full": (3, 3, 3), "one-step": (2,), "one-sentence": (1, 1, 1)}

every_cell = pytest.mark.parametrize("name", CELLS)
every_shape = pytest.mark.parametrize("sizes", SIZES.values(), ids=list(SIZES))


class Bound(nn.Module):
    """One method of a cell, as a module, so that torch.func.functional_call can put other parameters in."""

    def __init__(self, cell, method):
        super().__init__()
        self.cell = cell
        self.method = method

    def forward(self, *arguments):
        return flat(getattr(self.cell, self.method)(*arguments))


def flat(results):
    """Return tensors that may lie in tuples as one tuple."""
    if isinstance(results, torch.Tensor):
        return (results,)
    return tuple(tensor for result in results for tensor in flat(result))


def function_of(cell, method, *between):
    """Return a method as a function of input, state and parameters, and these last."""
    names, parameters = zip(*cell.named_parameters(prefix="cell"), strict=True)
    parts = len(cell.state_parts)

    def function(first, *rest):
        bound = dict(zip(names, rest[parts:], strict=True))
        arguments = (first, *between, rest[:parts])
        return torch.func.functional_call(Bound(cell, method), bound, arguments)

    return function, parameters


def leaves(*tensors):
    return [tensor.detach().clone().requires_grad_() for tensor in tensors]


def steps(cell, rows, sizes, state):
    """Return h after every token of packed sentences, and their final states, by one step after the other."""
    hiddens, final = [], [list(part.unbind()) for part in state]
    for x in rows.split(list(sizes)):
        state = cell.step(x, tuple(part[: len(x)] for part in state))
        hiddens.append(state[0])
        for rows_of_part, part in zip(final, state, strict=True):
            rows_of_part[: len(x)] = part.unbind()
    return torch.cat(hiddens), *map(torch.stack, final)


def unrolled(cell, rows, sizes, state):
    """Return the same by the cell's own pass over whole sentences."""
    return flat(cell.unroll(rows, sizes, tuple(state)))


def weighed(tensors):
    """Return a number in which every entry of every tensor weighs differently."""
    generator = torch.Generator().manual_seed(3)
    return sum((torch.randn(tensor.shape, generator=generator).double() * tensor).sum() for tensor in tensors)


# One step


@every_cell
def test_the_first_state_is_zero_and_has_a_part_for_every_name(name):
    cell = CELLS[name](3, 5)
    state = cell.initial_state(4)
    assert len(state) == len(cell.state_parts)
    for part in state:
        assert torch.equal(part, torch.zeros(4, 5))


@every_cell
def test_a_new_one_draws_its_weights_within_the_bound(name):
    cell = CELLS[name](50, 100)
    for weight, width in ((cell.weight_input, 50), (cell.weight_hidden, 100)):
        assert weight.shape == (cell.gate_count * 100, width)
        assert 0.095 < weight.abs().max() <= 0.1
        assert abs(weight.mean()) < 0.005


@every_cell
@pytest.mark.parametrize("dtype", FLOATING_TYPES, ids=str)
def test_a_step_keeps_shapes_and_type(name, dtype):
    cell = CELLS[name](3, 5).to(dtype)
    state = cell.initial_state(4)
    after = cell.step(torch.randn(4, 3, dtype=dtype), state)
    assert [(part.shape, part.dtype) for part in after] == [(part.shape, dtype) for part in state]


@every_cell
def test_a_step_is_an_advance_from_the_projected_input(random_cell, random_state, name):
    cell = random_cell(name)
    x, state = torch.randn(4, 3).double(), random_state(cell, 4)
    torch.testing.assert_close(cell.advance(cell.project(x), state), cell.step(x, state))


@every_cell
def test_all_steps_can_be_projected_at_once(random_cell, name):
    cell = random_cell(name)
    x = torch.randn(4, 7, 3).double()
    one_by_one = torch.stack([cell.project(x[:, t]) for t in range(7)], dim=1)
    torch.testing.assert_close(cell.project(x), one_by_one)


@every_cell
def test_a_step_leaves_the_state_before_it_alone(random_cell, random_state, name):
    cell = random_cell(name)
    x, state = torch.randn(4, 3).double(), random_state(cell, 4)
    before = [part.clone() for part in state]
    first = cell.step(x, state)
    assert all(map(torch.equal, state, before))
    assert all(map(torch.equal, first, cell.step(x, state)))


@every_cell
def test_the_rows_of_a_batch_do_not_see_each_other(random_cell, random_state, name):
    cell = random_cell(name)
    x, state = torch.randn(6, 3).double(), random_state(cell, 6)
    together = cell.step(x, state)
    for row in range(6):
        alone = cell.step(x[row : row + 1], tuple(part[row : row + 1] for part in state))
        torch.testing.assert_close(alone, tuple(part[row : row + 1] for part in together))


@every_cell
def test_gradients_of_a_step_are_those_of_finite_differences(random_cell, random_state, name):
    cell = random_cell(name, 2, 3)
    step, parameters = function_of(cell, "step")
    inputs = leaves(torch.randn(2, 2).double(), *random_state(cell, 2), *parameters)
    assert torch.autograd.gradcheck(step, inputs)


# All steps of packed sentences


@every_cell
@every_shape
def test_gradients_of_all_steps_are_those_of_finite_differences(random_cell, random_state, name, sizes):
    cell = random_cell(name, 2, 3, spread=0.7)
    unroll, parameters = function_of(cell, "unroll", sizes)
    inputs = leaves(torch.randn(sum(sizes), 2).double(), *random_state(cell, sizes[0]), *parameters)
    assert torch.autograd.gradcheck(unroll, inputs)


@every_cell
@every_shape
def test_all_steps_are_one_step_after_another_forward_and_in_every_gradient(
    random_cell, random_state, assert_same, name, sizes
):
    cell = random_cell(name)
    rows, *state = leaves(torch.randn(sum(sizes), 3).double(), *random_state(cell, sizes[0]))
    ours, expected = unrolled(cell, rows, sizes, state), steps(cell, rows, sizes, state)
    assert_same(ours, expected)
    inputs = [rows, *state, *cell.parameters()]
    assert_same(*(torch.autograd.grad(weighed(after), inputs) for after in (ours, expected)))


@every_cell
@pytest.mark.parametrize("wanted", ["rows", "state", "parameters"])
def test_a_gradient_does_not_depend_on_which_others_are_wanted(
    random_cell, random_state, assert_same, name, wanted
):
    cell, sizes = random_cell(name, 2, 3), SIZES["ragged"]
    unroll, parameters = function_of(cell, "unroll", sizes)
    tensors = [torch.randn(sum(sizes), 2).double(), *random_state(cell, sizes[0]), *parameters]
    parts = len(cell.state_parts)
    ranges = {"rows": slice(1), "state": slice(1, 1 + parts), "parameters": slice(1 + parts, None)}
    chosen = ranges[wanted]
    all_wanted, one_wanted = leaves(*tensors), [tensor.detach() for tensor in tensors]
    one_wanted[chosen] = leaves(*one_wanted[chosen])
    ours, expected = (
        torch.autograd.grad(weighed(unroll(*inputs)), inputs[chosen]) for inputs in (one_wanted, all_wanted)
    )
    assert_same(ours, expected)


@every_cell
def test_the_gradient_of_one_part_needs_none_of_the_others(random_cell, random_state, assert_same, name):
    cell, sizes = random_cell(name), SIZES["ragged"]
    rows, *state = leaves(torch.randn(sum(sizes), 3).double(), *random_state(cell, sizes[0]))
    inputs = [rows, *state, *cell.parameters()]
    for part in range(1 + len(cell.state_parts)):
        ours, expected = unrolled(cell, rows, sizes, state), steps(cell, rows, sizes, state)
        assert_same(*(torch.autograd.grad(weighed([after[part]]), inputs) for after in (ours, expected)))


@every_cell
@pytest.mark.parametrize("strides", ["expanded", "transposed"])
def test_gradients_may_come_in_any_strides_and_are_left_alone(
    random_cell, random_state, assert_same, name, strides
):
    cell, sizes = random_cell(name), (3, 2)
    rows, *state = leaves(torch.randn(5, 3).double(), *random_state(cell, 3))
    inputs, after = [rows, *state, *cell.parameters()], unrolled(cell, rows, sizes, state)
    odd = torch.randn(1, 4).double().expand(5, 4) if strides == "expanded" else torch.randn(4, 5).double().t()
    before = odd.clone()
    ours = torch.autograd.grad(after[0], inputs, odd, retain_graph=True)
    assert torch.equal(odd, before)
    assert_same(ours, torch.autograd.grad(after[0], inputs, before.contiguous()))


@every_cell
def test_all_steps_leave_what_they_are_given_alone(random_cell, random_state, name):
    cell, sizes = random_cell(name), SIZES["ragged"]
    given = [torch.randn(sum(sizes), 3).double(), *random_state(cell, sizes[0]), *cell.parameters()]
    before = [tensor.detach().clone() for tensor in given]
    rows, *state = given[: 1 + len(cell.state_parts)]
    weighed(unrolled(cell, rows, sizes, state)).backward()
    assert all(map(torch.equal, given, before))


@every_cell
def test_the_gradient_of_a_gradient_is_refused_and_not_wrong(random_cell, name):
    cell = random_cell(name)
    rows = torch.randn(5, 3).double().requires_grad_()
    hidden = cell.unroll(rows, (3, 2), cell.initial_state(3))[0]
    (gradient,) = torch.autograd.grad(hidden.sin().sum(), rows, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


# Torch's kernel


@every_cell
@pytest.mark.parametrize("width", [3, 7])
def test_torchs_kernel_takes_the_same_steps_with_whatever_matrix_it_is_given(
    random_cell, random_state, assert_same, name, width
):
    cell = random_cell(name)
    inputs, state = torch.randn(5, 4, width).double(), random_state(cell, 5)
    weight = torch.randn(cell.gate_count * 4, width).double()
    outputs, after = cell.kernel(inputs, weight, state)
    for t in range(4):
        state = cell.advance(inputs[:, t] @ weight.t() + cell.bias, state)
        assert_same(outputs[:, t], state[0])
    assert_same(after, state)


@every_cell
def test_holding_keeps_all_parts_but_the_first(random_cell, random_state, name):
    cell = random_cell(name)
    holding, state = cell.holding(), random_state(cell, 8)
    if holding is None:
        assert len(cell.state_parts) == 1
        return
    _, *held = cell.advance(cell.project(torch.randn(8, 3).double()) + holding, state)
    assert all(map(torch.equal, held, state[1:]))
