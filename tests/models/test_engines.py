"""A cell unrolled: every engine against the cell's own steps, sentence by sentence."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.models import engines
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.engines import ENGINES, Reader, at_last_token

RAGGED = [7, 1, 4, 7, 2]

every_cell = pytest.mark.parametrize("cell_name", CELLS)
every_engine = pytest.mark.parametrize("engine_name", ENGINES)


def make(cell_name, batch, time, dtype=torch.float64):
    """Return a cell of input 3 and hidden 4, inputs and a first state, all random."""
    cell = CELLS[cell_name](3, 4).to(dtype)
    inputs = torch.randn(batch, time, 3, dtype=dtype)
    state = tuple(torch.randn_like(part) for part in cell.initial_state(batch))
    return cell, inputs, state


def read(engine_name, cell, inputs, lengths, state, backward_in_time=False):
    """Return the outputs and final state that an engine gives of one reader."""
    ((outputs, final),) = ENGINES[engine_name]([Reader(cell, state, backward_in_time)], inputs, lengths)
    return outputs, final


def alone_step_by_step(cell, inputs, state):
    """Return the outputs (time, hidden) and the last state of one sentence, by the cell's steps."""
    outputs = []
    for x in inputs:
        state = cell.step(x[None], state)
        outputs.append(state[0][0])
    return torch.stack(outputs), state


def learn(engine_name, cell, inputs, lengths, state):
    """Return what an engine gives of a batch, and the gradient of all that went in."""
    inputs, state = inputs.clone().requires_grad_(), tuple(part.clone().requires_grad_() for part in state)
    outputs, final = read(engine_name, cell, inputs, lengths, state)
    loss = outputs.square().sum() + sum((k + 2) * part.sin().sum() for k, part in enumerate(final))
    gradients = torch.autograd.grad(loss, [inputs, *state, *cell.parameters()])
    return outputs, final, gradients


@every_cell
@every_engine
@given(
    seed=st.integers(0, 10**6),
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    padding=st.integers(0, 3),
)
@settings(derandomize=True, deadline=None, max_examples=25)
def test_a_batch_is_unrolled_as_each_sentence_is_alone_step_by_step(
    cell_name, engine_name, seed, lengths, padding
):
    torch.manual_seed(seed)
    cell, inputs, state = make(cell_name, len(lengths), max(lengths) + padding)
    outputs, final = read(engine_name, cell, inputs, torch.tensor(lengths), state)
    for row, length in enumerate(lengths):
        first = tuple(part[row : row + 1] for part in state)
        expected, last = alone_step_by_step(cell, inputs[row, :length], first)
        torch.testing.assert_close(outputs[row, :length], expected, rtol=0, atol=1e-12)
        assert not outputs[row, length:].any()
        torch.testing.assert_close(tuple(part[row : row + 1] for part in final), last, rtol=0, atol=1e-12)


@every_cell
@every_engine
def test_no_lengths_mean_that_every_sentence_fills_the_time(cell_name, engine_name):
    cell, inputs, state = make(cell_name, 5, 7)
    without, full = (
        read(engine_name, cell, inputs, lengths, state) for lengths in (None, torch.full((5,), 7))
    )
    torch.testing.assert_close(without, full, rtol=0, atol=1e-12)


@every_cell
@every_engine
@pytest.mark.parametrize("lengths", [RAGGED, None], ids=["ragged", "full"])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-11), (torch.float32, 1e-5)], ids=["float64", "float32"]
)
def test_engines_agree_forward_and_in_every_gradient(cell_name, engine_name, lengths, dtype, tolerance):
    cell, inputs, state = make(cell_name, 5, 7, dtype)
    lengths = torch.tensor(lengths) if lengths else None
    scratch, other = (learn(name, cell, inputs, lengths, state) for name in ("scratch", engine_name))
    torch.testing.assert_close(other, scratch, rtol=tolerance, atol=tolerance)


@every_cell
@every_engine
def test_engines_agree_at_a_size_that_is_used(cell_name, engine_name):
    cell = CELLS[cell_name](48, 64)
    lengths = torch.arange(1, 33)
    inputs, state = torch.randn(32, 32, 48), cell.initial_state(32)
    scratch, other = (learn(name, cell, inputs, lengths, state) for name in ("scratch", engine_name))
    torch.testing.assert_close(other[:2], scratch[:2], rtol=1e-5, atol=1e-5)
    for ours, expected in zip(other[2], scratch[2], strict=True):
        assert (ours - expected).abs().max() < 1e-5 * expected.abs().max().clamp(min=1)


@every_cell
@every_engine
def test_gradients_do_not_depend_on_padding(cell_name, engine_name):
    cell, inputs, state = make(cell_name, 5, 7)
    lengths = torch.tensor(RAGGED)
    short = learn(engine_name, cell, inputs, lengths, state)[2]
    padded = torch.cat([inputs, 9 * torch.randn(5, 4, 3).double()], dim=1)
    long = learn(engine_name, cell, padded, lengths, state)[2]
    torch.testing.assert_close((long[0][:, :7], *long[1:]), tuple(short), rtol=0, atol=1e-12)
    assert not long[0][:, 7:].any()


@every_cell
@every_engine
def test_what_training_sees_is_what_translation_sees(cell_name, engine_name):
    cell, inputs, state = make(cell_name, 5, 7, torch.float32)
    lengths = torch.tensor(RAGGED)
    training = read(engine_name, cell, inputs, lengths, state)[1]
    cell.eval()
    with torch.inference_mode():
        translating = read(engine_name, cell, inputs, lengths, state)[1]
    torch.testing.assert_close(translating, tuple(part.detach() for part in training), rtol=0, atol=1e-6)


@every_cell
@every_engine
def test_the_first_state_is_left_alone(cell_name, engine_name):
    cell, inputs, state = make(cell_name, 5, 7)
    before = [part.clone() for part in state]
    read(engine_name, cell, inputs, torch.tensor(RAGGED), state)
    assert all(map(torch.equal, state, before))


@every_cell
@every_engine
@pytest.mark.parametrize("lengths", [RAGGED, None], ids=["ragged", "full"])
def test_readers_side_by_side_are_each_what_they_are_alone(cell_name, engine_name, lengths):
    """Two cells, one from each end, and all gradients; in bfloat16 too, where rows are read beyond a step."""
    for precision in (None, torch.bfloat16):
        dtype, tolerance = (torch.float64, 1e-12) if precision is None else (torch.float32, 2e-2)
        cell, inputs, state = make(cell_name, 5, 7, dtype)
        other, _, other_state = make(cell_name, 5, 7, dtype)
        learnt = [inputs, *state, *other_state, *cell.parameters(), *other.parameters()]
        for tensor in learnt:
            tensor.requires_grad_()
        readers = [Reader(cell, state), Reader(other, other_state, backward_in_time=True)]
        true_lengths = torch.tensor(lengths) if lengths else None
        with torch.autocast("cpu", precision, enabled=precision is not None):
            together = ENGINES[engine_name](readers, inputs, true_lengths)
            alone = [ENGINES[engine_name]([reader], inputs, true_lengths)[0] for reader in readers]
        torch.testing.assert_close(together, alone, rtol=tolerance, atol=tolerance)
        gradients = [torch.autograd.grad(weighed(found), learnt) for found in (together, alone)]
        torch.testing.assert_close(*gradients, rtol=tolerance, atol=5 * tolerance)


def weighed(found):
    """Return a loss in which every reader's outputs and final state have a part of their own."""
    tensors = [tensor for outputs, final in found for tensor in (outputs, *final)]
    return sum((k + 1) * tensor.float().sin().sum() for k, tensor in enumerate(tensors))


def test_the_last_token_is_each_sentences_own():
    outputs = torch.arange(12).view(3, 4, 1)
    assert at_last_token(outputs, torch.tensor([1, 4, 2])).tolist() == [[0], [7], [9]]


@every_cell
@every_engine
@pytest.mark.parametrize("lengths", [RAGGED, None], ids=["ragged", "full"])
def test_in_bfloat16_numbers_and_gradients_are_near_those_of_float32(cell_name, engine_name, lengths):
    cell, inputs, state = make(cell_name, 5, 7, torch.float32)
    lengths = torch.tensor(lengths) if lengths else None
    exact = learn(engine_name, cell, inputs, lengths, state)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = learn(engine_name, cell, inputs, lengths, state)
    assert not torch.equal(rounded[0].float(), exact[0])
    assert [gradient.dtype for gradient in rounded[2]] == [torch.float32] * len(exact[2])
    for ours, expected in zip(
        (rounded[0], *rounded[1], *rounded[2]), (exact[0], *exact[1], *exact[2]), strict=True
    ):
        assert (ours.float() - expected).abs().max() < 0.04 * expected.abs().max().clamp(min=1)


# auto


@pytest.mark.parametrize(
    ("cell_name", "size", "expected"),
    [("lstm", 8, "fused"), ("lstm", 512, "scratch"), ("gru", 8, "scratch"), ("tanh", 8, "scratch")],
)
def test_auto_takes_torchs_kernel_on_a_cpu_only_for_narrow_lstms(monkeypatch, cell_name, size, expected):
    cell, taken = CELLS[cell_name](3, size), []
    for name in ("scratch", "fused"):
        monkeypatch.setattr(engines, name, lambda *given, name=name: taken.append((name, given)))
    given = ([Reader(cell, cell.initial_state(2), backward_in_time=True)], torch.zeros(2, 4, 3), None)
    engines.auto(*given)
    assert taken == [(expected, given)]


@every_cell
@pytest.mark.parametrize("lengths", [torch.tensor([4, 1]), None], ids=["ragged", "full"])
def test_in_lower_precision_auto_takes_torchs_kernel_on_a_cpu_for_full_sentences_alone(
    monkeypatch, cell_name, lengths
):
    cell, taken = CELLS[cell_name](3, 8), []
    for name in ("scratch", "fused"):
        monkeypatch.setattr(engines, name, lambda *_, name=name: taken.append(name))
    with torch.autocast("cpu", torch.bfloat16):
        engines.auto([Reader(cell, cell.initial_state(2))], torch.zeros(2, 4, 3), lengths)
    assert taken == ["fused" if cell_name == "lstm" and lengths is None else "scratch"]
