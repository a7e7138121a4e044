"""Layers and directions, against torch.nn.LSTM with the same weights."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seq2seq_cli.models.cells import CELLS, LSTMCell
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.recurrent import Bidirectional, Recurrent, RecurrentStack, reverse_sentences

INPUT, HIDDEN = 3, 4
RAGGED = [2, 6, 1, 6, 3]

every_engine = pytest.mark.parametrize("engine", ENGINES)
one_or_two_layers = pytest.mark.parametrize("layers", [1, 2], ids=["1-layer", "2-layers"])
one_or_two_directions = pytest.mark.parametrize("directions", [1, 2], ids=["uni", "bi"])


def make_stack(engine="scratch", layers=1, directions=1, dropout=0.0, cell="lstm"):
    def one_way(size, backward):
        return Recurrent(CELLS[cell](size, HIDDEN), ENGINES[engine], backward_in_time=backward)

    def layer(size):
        return (
            one_way(size, False)
            if directions == 1
            else Bidirectional(one_way(size, False), one_way(size, True))
        )

    sizes = [INPUT] + [directions * HIDDEN] * (layers - 1)
    return RecurrentStack([layer(size) for size in sizes], dropout).double()


def cells_by_torchs_names(stack):
    cells = {}
    for depth, layer in enumerate(stack.layers):
        if isinstance(layer, Bidirectional):
            cells[f"l{depth}"] = layer.left_to_right.cell
            cells[f"l{depth}_reverse"] = layer.right_to_left.cell
        else:
            cells[f"l{depth}"] = layer.cell
    return cells


def torchs_twin(stack, directions):
    """Return a torch.nn.LSTM with a stack's weights; each bias is the sum of torch's two."""
    layers = len(stack.layers)
    twin = nn.LSTM(INPUT, HIDDEN, layers, batch_first=True, bidirectional=directions == 2).double()
    with torch.no_grad():
        for place, cell in cells_by_torchs_names(stack).items():
            getattr(twin, f"weight_ih_{place}").copy_(cell.weight_input)
            getattr(twin, f"weight_hh_{place}").copy_(cell.weight_hidden)
            getattr(twin, f"bias_ih_{place}").copy_(cell.bias - getattr(twin, f"bias_hh_{place}"))
    return twin


def torchs_final_states(final, layers, directions):
    """Turn (layers * directions, batch, hidden) into our (hidden, cell) a layer, directions side by side."""
    hidden, cell = (part.view(layers, directions, -1, HIDDEN) for part in final)
    return tuple((torch.cat(tuple(hidden[k]), 1), torch.cat(tuple(cell[k]), 1)) for k in range(layers))


def loss_of(outputs, final):
    """Return a number in which every output and every final state weighs differently."""
    tensors = [outputs, *(part for layer in final for part in layer)]
    generator = torch.Generator().manual_seed(3)
    return sum((torch.randn(tensor.shape, generator=generator).double() * tensor).sum() for tensor in tensors)


@every_engine
@one_or_two_layers
@one_or_two_directions
@pytest.mark.parametrize("extra_padding", [0, 2])
def test_lstms_are_torchs_in_outputs_final_states_and_all_gradients(
    engine, layers, directions, extra_padding
):
    stack = make_stack(engine, layers, directions)
    twin = torchs_twin(stack, directions)
    lengths, time = torch.tensor(RAGGED), max(RAGGED) + extra_padding
    inputs = torch.randn(len(RAGGED), time, INPUT).double().requires_grad_()
    twin_inputs = inputs.detach().clone().requires_grad_()

    outputs, final = stack(inputs, lengths)
    packed = nn.utils.rnn.pack_padded_sequence(twin_inputs, lengths, batch_first=True, enforce_sorted=False)
    packed_outputs, twin_final = twin(packed)
    twin_outputs, _ = nn.utils.rnn.pad_packed_sequence(packed_outputs, batch_first=True, total_length=time)
    twin_final = torchs_final_states(twin_final, layers, directions)
    torch.testing.assert_close(outputs, twin_outputs, rtol=0, atol=1e-10)
    torch.testing.assert_close(final, twin_final, rtol=0, atol=1e-10)

    loss_of(outputs, final).backward()
    loss_of(twin_outputs, twin_final).backward()
    torch.testing.assert_close(inputs.grad, twin_inputs.grad, rtol=0, atol=1e-10)
    for place, cell in cells_by_torchs_names(stack).items():
        gradients = {
            "weight_ih": cell.weight_input.grad,
            "weight_hh": cell.weight_hidden.grad,
            "bias_ih": cell.bias.grad,
            "bias_hh": cell.bias.grad,
        }
        for name, gradient in gradients.items():
            expected = getattr(twin, f"{name}_{place}").grad
            torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-10)


@every_engine
@one_or_two_layers
def test_lstms_are_torchs_from_any_first_state(engine, layers):
    stack = make_stack(engine, layers)
    twin = torchs_twin(stack, 1)
    inputs = torch.randn(5, 6, INPUT).double()
    first = torch.randn(2, layers, 5, HIDDEN).double().requires_grad_()
    twin_first = first.detach().clone().requires_grad_()
    outputs, final = stack(inputs, None, tuple((first[0, k], first[1, k]) for k in range(layers)))
    twin_outputs, twin_final = twin(inputs, (twin_first[0], twin_first[1]))
    twin_final = torchs_final_states(twin_final, layers, 1)
    torch.testing.assert_close(outputs, twin_outputs, rtol=0, atol=1e-10)
    torch.testing.assert_close(final, twin_final, rtol=0, atol=1e-10)
    loss_of(outputs, final).backward()
    loss_of(twin_outputs, twin_final).backward()
    torch.testing.assert_close(first.grad, twin_first.grad, rtol=0, atol=1e-10)


@one_or_two_layers
@one_or_two_directions
@every_engine
def test_engines_agree_in_float32_forward_and_in_every_gradient(engine, layers, directions):
    def learn(name):
        torch.manual_seed(1)
        stack = make_stack(name, layers, directions).float()
        inputs = torch.randn(len(RAGGED), max(RAGGED), INPUT).requires_grad_()
        outputs, final = stack(inputs, torch.tensor(RAGGED))
        loss_of(outputs, final).backward()
        return outputs, final, [inputs.grad, *(parameter.grad for parameter in stack.parameters())]

    torch.testing.assert_close(learn(engine), learn("scratch"), rtol=1e-5, atol=1e-5)


@every_engine
@pytest.mark.parametrize("cell", CELLS)
@one_or_two_layers
def test_steps_lead_where_the_sweep_leads(engine, cell, layers):
    stack = make_stack(engine, layers, cell=cell)
    inputs = torch.randn(5, 6, INPUT).double()
    first = tuple(
        tuple(torch.randn_like(part) for part in layer.cell.initial_state(5)) for layer in stack.layers
    )
    outputs, final = stack(inputs, state=first)
    state = first
    for t in range(6):
        output, state = stack.step(inputs[:, t], state)
        torch.testing.assert_close(output, outputs[:, t], rtol=0, atol=1e-12)
    torch.testing.assert_close(state, final, rtol=0, atol=1e-12)


@every_engine
@one_or_two_directions
def test_outputs_are_zero_after_a_sentences_end(engine, directions):
    outputs, _ = make_stack(engine, 2, directions)(
        torch.randn(len(RAGGED), 8, INPUT).double(), torch.tensor(RAGGED)
    )
    for row, length in enumerate(RAGGED):
        assert outputs[row, :length].all()
        assert not outputs[row, length:].any()


@every_engine
@pytest.mark.parametrize("lengths", [RAGGED, None], ids=["ragged", "full"])
def test_reading_backward_is_reading_the_reversed_sentence(engine, lengths):
    cell = LSTMCell(INPUT, HIDDEN).double()
    backward = Recurrent(cell, ENGINES[engine], backward_in_time=True)
    forward = Recurrent(cell, ENGINES[engine])
    inputs = torch.randn(5, 6, INPUT).double()
    outputs, final = backward(inputs, torch.tensor(lengths) if lengths else None)
    for row, length in enumerate(lengths or [6] * 5):
        expected, last = forward(inputs[row : row + 1, :length].flip(1))
        torch.testing.assert_close(outputs[row, :length], expected[0].flip(0), rtol=0, atol=1e-12)
        torch.testing.assert_close([part[row] for part in final], [part[0] for part in last])


def test_dropout_falls_between_layers_and_only_there():
    inputs = torch.randn(5, 6, INPUT).double()
    one = make_stack(layers=1, dropout=1.0)
    torch.testing.assert_close(one(inputs), one.eval()(inputs))
    two = make_stack(layers=2, dropout=1.0)
    nothing = torch.zeros(5, 6, HIDDEN).double()
    torch.testing.assert_close(two(inputs)[0], two.layers[1](nothing)[0])
    state = tuple(layer.cell.initial_state(5) for layer in two.layers)
    torch.testing.assert_close(two.step(inputs[:, 0], state)[0], two.layers[1](nothing)[0][:, 0])


def test_dropout_is_off_outside_training():
    stack = make_stack(layers=2, dropout=0.5)
    inputs = torch.randn(5, 6, INPUT).double()
    assert not torch.equal(stack(inputs)[0], stack(inputs)[0])
    stack.eval()
    assert torch.equal(stack(inputs)[0], stack(inputs)[0])


# reverse_sentences


@st.composite
def padded_sentences(draw):
    lengths = draw(st.lists(st.integers(0, 7), min_size=1, max_size=6))
    time = max(lengths) + draw(st.integers(1, 3))
    size = draw(st.integers(1, 3))
    x = torch.arange(len(lengths) * time * size).view(len(lengths), time, size)
    return x, torch.tensor(lengths)


MODEST = settings(derandomize=True, deadline=None, max_examples=60)


@given(padded_sentences())
@MODEST
def test_reversal_is_its_own_inverse(case):
    x, lengths = case
    assert torch.equal(reverse_sentences(reverse_sentences(x, lengths), lengths), x)
    assert torch.equal(reverse_sentences(reverse_sentences(x, None), None), x)


@given(padded_sentences())
@MODEST
def test_reversal_turns_each_sentence_and_leaves_its_padding(case):
    x, lengths = case
    expected = [
        row[:length][::-1] + row[length:] for row, length in zip(x.tolist(), lengths.tolist(), strict=True)
    ]
    assert reverse_sentences(x, lengths).tolist() == expected


@given(padded_sentences())
@MODEST
def test_reversal_without_lengths_turns_the_whole_time(case):
    x, _ = case
    assert reverse_sentences(x, None).tolist() == [row[::-1] for row in x.tolist()]
    assert torch.equal(
        reverse_sentences(x, None), reverse_sentences(x, torch.full((x.shape[0],), x.shape[1]))
    )
