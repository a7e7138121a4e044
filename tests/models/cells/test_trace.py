"""What the passes of all cells share: states, memory, precision."""

import weakref

import pytest
import torch

from seq2seq_cli.models.cells import CELLS, unroll_side_by_side
from seq2seq_cli.models.cells.trace import Trace, sigmoid_backward, steps_of, tanh_backward

SIZES = {"ragged": (4, 3, 3, 1), "tall": (40, 33, 32, 7, 1), "one-length": (3, 3), "one-word": (1,)}

every_cell = pytest.mark.parametrize("name", CELLS)
every_shape = pytest.mark.parametrize("sizes", SIZES.values(), ids=list(SIZES))


def leaves(cell, sizes, random_state):
    """Return rows and a first state that have gradients."""
    tensors = torch.randn(sum(sizes), 3), *random_state(cell, sizes[0])
    return [tensor.to(cell.bias.dtype).detach().requires_grad_() for tensor in tensors]


def learn(cell, sizes, rows, *state):
    """Return all that a pass gives, and all gradients."""
    hiddens, final = cell.unroll(rows, sizes, state)
    loss = hiddens.sin().sum() + sum((k + 2) * part.sin().sum() for k, part in enumerate(final))
    return hiddens, *final, *torch.autograd.grad(loss, [rows, *state, *cell.parameters()])


@every_cell
@every_shape
def test_the_states_of_a_pass_follow_each_other(random_cell, random_state, assert_same, name, sizes):
    cell = random_cell(name)
    first, rows = random_state(cell, sizes[0]), torch.randn(sum(sizes), 3).double()
    final, ends = [part.clone() for part in first], []
    with torch.no_grad():
        trace = cell.trace(sizes, first, torch.float64, rows, *cell.trace_parameters())
        for t, x in enumerate(rows.split(sizes)):
            before = trace.before(t)
            assert [part.shape for part in before] == [(sizes[t], 4)] * len(first)
            assert_same(before, tuple(part[: sizes[t]] for part in (ends[-1] if ends else first)))
            hidden = trace.forward(t)
            assert_same(trace.after(t), cell.step(x, before))
            assert hidden is trace.after(t)[0]
            ends.append(trace.after(t))
            for part, after in zip(final, ends[-1], strict=True):
                part[: sizes[t]] = after
    assert_same(trace.final(), tuple(final))
    assert_same(trace.hiddens, torch.cat([after[0] for after in ends]))


@every_cell
@every_shape
def test_in_bfloat16_states_and_gradients_are_near_and_in_float32(random_cell, random_state, name, sizes):
    cell = random_cell(name, spread=0.5).float()
    given = leaves(cell, sizes, random_state)
    exact = learn(cell, sizes, *given)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = learn(cell, sizes, *given)
    assert not torch.equal(rounded[0], exact[0])
    for ours, expected in zip(rounded, exact, strict=True):
        assert ours.dtype == torch.float32
        assert (ours - expected).norm() < 0.03 * expected.norm()


@pytest.mark.usefixtures("_nan_where_nothing_was_written")
@every_cell
@every_shape
@pytest.mark.parametrize("rounded", [False, True], ids=["exact", "bfloat16"])
def test_what_stands_in_memory_that_was_not_written_to_does_not_matter(
    random_cell, random_state, name, sizes, rounded
):
    cell = random_cell(name).float()
    given = leaves(cell, sizes, random_state)
    with torch.autocast("cpu", torch.bfloat16, enabled=rounded):
        of_nan = learn(cell, sizes, *given)
        torch.use_deterministic_algorithms(False)
        assert all(tensor.isfinite().all() for tensor in of_nan)
        torch.testing.assert_close(of_nan, learn(cell, sizes, *given))


@every_cell
def test_the_way_back_can_be_gone_again(random_cell, random_state, name):
    cell = random_cell(name)
    rows, *state = leaves(cell, SIZES["ragged"], random_state)
    hiddens, final = cell.unroll(rows, SIZES["ragged"], state)
    loss = hiddens.sin().sum() + sum(part.sin().sum() for part in final)
    once, again = (
        torch.autograd.grad(loss, [rows, *state, *cell.parameters()], retain_graph=True) for _ in range(2)
    )
    assert all(map(torch.equal, once, again))


@every_cell
@pytest.mark.parametrize("rounded", [False, True], ids=["exact", "bfloat16"])
def test_gradients_are_added_to_those_there_are_and_may_be_changed(random_cell, random_state, name, rounded):
    cells, sizes = [random_cell(name).float() for _ in range(2)], SIZES["ragged"]
    given = [leaves(cell, sizes, random_state) for cell in cells]
    learnt = [tensor for tensors in given for tensor in tensors]
    learnt += [parameter for cell in cells for parameter in cell.parameters()]
    with torch.autocast("cpu", torch.bfloat16, enabled=rounded):
        states = [tuple(state) for _, *state in given]
        unrolled = unroll_side_by_side(cells, [rows for rows, *_ in given], sizes, states)
    made = [part for hiddens, final in unrolled for part in (hiddens, *final)]
    sum(part.sin().sum() for part in made).backward(retain_graph=True)
    assert not any(tensor.is_inference() for tensor in (*made, *(leaf.grad for leaf in learnt)))
    once = [leaf.grad.clone() for leaf in learnt]
    for leaf in learnt:
        leaf.grad.mul_(0.5)
    sum(part.sin().sum() for part in made).backward()
    torch.testing.assert_close([leaf.grad for leaf in learnt], [1.5 * gradient for gradient in once])


@every_cell
def test_in_bfloat16_the_bias_has_the_sum_of_gradients_that_are_not_rounded(
    random_cell, random_state, monkeypatch, name
):
    cell, sizes, sums, keep = random_cell(name).float(), (512, 512), [], Trace.keep

    def keep_and_sum(trace, t):
        sums.append(trace.d(t).double().sum(-2).flatten())
        keep(trace, t)

    monkeypatch.setattr(Trace, "keep", keep_and_sum)
    with torch.autocast("cpu", torch.bfloat16):
        learnt = learn(cell, sizes, *leaves(cell, sizes, random_state))
    names = [name for name, _ in cell.named_parameters()]
    gradient = learnt[-len(names) :][names.index("bias")]
    torch.testing.assert_close(gradient, sum(sums).float(), rtol=1e-5, atol=1e-5)


@every_cell
def test_gradients_in_final_states_are_left_alone(random_cell, random_state, name):
    cell, sizes = random_cell(name), SIZES["ragged"]
    rows, *state = leaves(cell, sizes, random_state)
    hiddens, final = cell.unroll(rows, sizes, state)
    above = [torch.randn_like(part) for part in (hiddens, *final)]
    before = [part.clone() for part in above]
    torch.autograd.backward([hiddens, *final], above)
    assert all(map(torch.equal, above, before))


@pytest.mark.usefixtures("_without_garbage_collector")
@every_cell
def test_nothing_keeps_a_pass_that_is_over(random_cell, random_state, name):
    cell = random_cell(name)
    rows, *state = leaves(cell, SIZES["ragged"], random_state)
    hiddens, final = cell.unroll(rows, SIZES["ragged"], state)
    trace = weakref.ref(hiddens.grad_fn.kept)
    hiddens.sin().sum().backward()
    assert trace() is not None
    del hiddens, final
    assert trace() is None


def test_the_gradients_of_sigmoid_and_tanh_are_torchs(assert_same):
    a = torch.randn(5, 4).double().requires_grad_()
    gradient = torch.randn(5, 4).double()
    for activation, backward in ((torch.sigmoid, sigmoid_backward), (torch.tanh, tanh_backward)):
        y = activation(a)
        (expected,) = torch.autograd.grad(y, a, gradient)
        out = torch.empty(5, 8).double()[:, ::2]  # written where it is told to, be it a part of something
        assert backward(gradient, y.detach(), out) is out
        assert_same(out, expected)


def test_steps_are_views():
    rows = torch.arange(12).view(6, 2)
    steps = steps_of(rows, (3, 2, 1))
    assert [step.tolist() for step in steps] == [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9]], [[10, 11]]]
    steps[1].zero_()
    assert rows[3:5].tolist() == [[0, 0], [0, 0]]


@pytest.mark.usefixtures("_nan_where_nothing_was_written")
@every_cell
@every_shape
@pytest.mark.parametrize("rounded", [False, True], ids=["exact", "bfloat16"])
def test_cells_side_by_side_learn_what_each_learns_alone(random_cell, random_state, name, sizes, rounded):
    cells = [random_cell(name).float() for _ in range(2)]
    given = [leaves(cell, sizes, random_state) for cell in cells]
    given[0][0].requires_grad_(False)  # only the other's rows need a gradient

    def learnt(unrolled, cells, given):
        wanted = [tensor for tensors in given for tensor in tensors if tensor.requires_grad]
        wanted += [parameter for cell in cells for parameter in cell.parameters()]
        loss = sum(part.sin().sum() for hiddens, final in unrolled for part in (hiddens, *final))
        return torch.autograd.grad(loss, wanted)

    with torch.autocast("cpu", torch.bfloat16, enabled=rounded):
        rows, states = [rows for rows, *_ in given], [tuple(state) for _, *state in given]
        together = unroll_side_by_side(cells, rows, sizes, states)
        alone = [
            cell.unroll(each, sizes, state) for cell, each, state in zip(cells, rows, states, strict=True)
        ]
        for ours, expected in zip(together, alone, strict=True):
            torch.testing.assert_close(ours, expected)
        tolerance = {"rtol": 0.02, "atol": 0.02} if rounded else {}
        ours, expected = learnt(together, cells, given), learnt(alone, cells, given)
        torch.testing.assert_close(ours, expected, **tolerance)
