"""Layers and directions, against torch.nn.LSTM, GRU and RNN with the same weights."""

import pytest
import torch
from torch import nn

from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.recurrent import Bidirectional, Recurrence
from seq2seq_cli.models.stack import RecurrentStack

INPUT, HIDDEN = 3, 4
RAGGED = [2, 6, 1, 6, 3]
PRESENT = torch.arange(8) < torch.tensor(RAGGED)[:, None]
TWINS = {"lstm": nn.LSTM, "gru": nn.GRU, "tanh": nn.RNN}

every_cell = pytest.mark.parametrize("cell", CELLS)
every_engine = pytest.mark.parametrize("engine", ENGINES)
one_or_two_layers = pytest.mark.parametrize("layers", [1, 2], ids=["1-layer", "2-layers"])
one_or_two_directions = pytest.mark.parametrize("directions", [1, 2], ids=["uni", "bi"])


def make_stack(
    cell="lstm", engine="scratch", layers=1, directions=1, dropout=None, *, layer_norm=False, residual=False
):
    recurrence = Recurrence(CELLS[cell], ENGINES[engine], layer_norm)
    layer = recurrence.layer if directions == 1 else recurrence.both_ways
    sizes = [INPUT] + [directions * HIDDEN] * (layers - 1)
    stack = RecurrentStack(
        [layer(size, HIDDEN) for size in sizes], dropout or Dropout(), residual=residual
    ).double()
    for parameter in stack.parameters():
        nn.init.normal_(parameter, std=0.7)
    return stack


def cells_by_torchs_names(stack):
    cells = {}
    for depth, layer in enumerate(stack.layers):
        if isinstance(layer, Bidirectional):
            cells[f"l{depth}"] = layer.left_to_right.cell
            cells[f"l{depth}_reverse"] = layer.right_to_left.cell
        else:
            cells[f"l{depth}"] = layer.cell
    return cells


def torchs_twin(stack, cell, directions):
    """Return torch's layers with a stack's weights.

    Each bias is the sum of torch's two, but for a GRU's candidate, whose two biases are our two.
    """
    layers = len(stack.layers)
    twin = TWINS[cell](INPUT, HIDDEN, layers, batch_first=True, bidirectional=directions == 2).double()
    with torch.no_grad():
        for place, ours in cells_by_torchs_names(stack).items():
            second = getattr(twin, f"bias_hh_{place}")
            if cell == "gru":
                second[2 * HIDDEN :] = ours.bias_hidden
            shared = slice(2 * HIDDEN) if cell == "gru" else slice(None)
            first = ours.bias.clone()
            first[shared] -= second[shared]
            getattr(twin, f"bias_ih_{place}").copy_(first)
            getattr(twin, f"weight_ih_{place}").copy_(ours.weight_input)
            getattr(twin, f"weight_hh_{place}").copy_(ours.weight_hidden)
    return twin


def torchs_gradients(twin, place):
    """Return torch's gradients for one of our cells, by our names."""
    gradients = {
        "weight_input": getattr(twin, f"weight_ih_{place}").grad,
        "weight_hidden": getattr(twin, f"weight_hh_{place}").grad,
        "bias": getattr(twin, f"bias_ih_{place}").grad,
    }
    if isinstance(twin, nn.GRU):
        gradients["bias_hidden"] = getattr(twin, f"bias_hh_{place}").grad[2 * HIDDEN :]
    return gradients


def torchs_parts(state):
    """Return the parts of torch's state, which is a tensor where there is one part alone."""
    return state if isinstance(state, tuple) else (state,)


def torchs_final_states(final, layers, directions):
    """Turn (layers * directions, batch, hidden) into our parts a layer, directions side by side."""
    parts = [part.view(layers, directions, -1, HIDDEN) for part in torchs_parts(final)]
    return tuple(tuple(torch.cat(tuple(part[k]), 1) for part in parts) for k in range(layers))


def loss_of(outputs, final):
    """Return a number in which every output and every final state weighs differently."""
    tensors = [outputs, *(part for layer in final for part in layer)]
    generator = torch.Generator().manual_seed(3)
    return sum((torch.randn(tensor.shape, generator=generator).double() * tensor).sum() for tensor in tensors)


def random_state(stack, batch=5):
    return tuple(
        tuple(torch.randn_like(part) for part in layer.cell.initial_state(batch)) for layer in stack.layers
    )


@every_cell
@every_engine
@one_or_two_layers
@one_or_two_directions
@pytest.mark.parametrize("extra_padding", [0, 2])
def test_layers_are_torchs_in_outputs_final_states_and_all_gradients(
    assert_same, cell, engine, layers, directions, extra_padding
):
    stack = make_stack(cell, engine, layers, directions)
    twin = torchs_twin(stack, cell, directions)
    lengths, time = torch.tensor(RAGGED), max(RAGGED) + extra_padding
    inputs = torch.randn(len(RAGGED), time, INPUT).double().requires_grad_()
    twin_inputs = inputs.detach().clone().requires_grad_()

    outputs, final = stack(inputs, lengths)
    packed = nn.utils.rnn.pack_padded_sequence(twin_inputs, lengths, batch_first=True, enforce_sorted=False)
    packed_outputs, twin_final = twin(packed)
    twin_outputs, _ = nn.utils.rnn.pad_packed_sequence(packed_outputs, batch_first=True, total_length=time)
    twin_final = torchs_final_states(twin_final, layers, directions)
    assert_same(outputs, twin_outputs)
    assert_same(final, twin_final)

    loss_of(outputs, final).backward()
    loss_of(twin_outputs, twin_final).backward()
    assert_same(inputs.grad, twin_inputs.grad)
    for place, ours in cells_by_torchs_names(stack).items():
        gradients = {name: parameter.grad for name, parameter in ours.named_parameters()}
        assert_same(gradients, torchs_gradients(twin, place))


@every_cell
@every_engine
@one_or_two_layers
def test_layers_are_torchs_from_any_first_state(assert_same, cell, engine, layers):
    stack = make_stack(cell, engine, layers)
    twin = torchs_twin(stack, cell, 1)
    inputs = torch.randn(5, 6, INPUT).double()
    parts = len(CELLS[cell].state_parts)
    first = torch.randn(parts, layers, 5, HIDDEN).double().requires_grad_()
    twin_first = first.detach().clone().requires_grad_()
    outputs, final = stack(inputs, None, tuple(tuple(part[k] for part in first) for k in range(layers)))
    twin_outputs, twin_final = twin(inputs, tuple(twin_first) if parts > 1 else twin_first[0])
    twin_final = torchs_final_states(twin_final, layers, 1)
    assert_same(outputs, twin_outputs)
    assert_same(final, twin_final)
    loss_of(outputs, final).backward()
    loss_of(twin_outputs, twin_final).backward()
    assert_same(first.grad, twin_first.grad)


@every_cell
@every_engine
@one_or_two_layers
@pytest.mark.parametrize("layer_norm", [False, True], ids=["plain", "normalised"])
@pytest.mark.parametrize("residual", [False, True], ids=["stacked", "residual"])
def test_steps_lead_where_the_sweep_leads(assert_same, cell, engine, layers, layer_norm, residual):
    stack = make_stack(cell, engine, layers, layer_norm=layer_norm, residual=residual)
    inputs = torch.randn(5, 6, INPUT).double()
    state = random_state(stack)
    outputs, final = stack(inputs, state=state)
    for t in range(6):
        output, state = stack.step(inputs[:, t], state)
        assert_same(output, outputs[:, t])
    assert_same(state, final)


@every_cell
@every_engine
@one_or_two_directions
@pytest.mark.parametrize("layer_norm", [False, True], ids=["plain", "normalised"])
@pytest.mark.parametrize("residual", [False, True], ids=["stacked", "residual"])
def test_outputs_are_zero_after_a_sentences_end_and_nowhere_else(
    cell, engine, directions, layer_norm, residual
):
    stack = make_stack(cell, engine, 2, directions, layer_norm=layer_norm, residual=residual)
    outputs, _ = stack(torch.randn(len(RAGGED), 8, INPUT).double(), torch.tensor(RAGGED))
    assert outputs[PRESENT].all()
    assert not outputs[~PRESENT].any()


@every_cell
@every_engine
@pytest.mark.parametrize("lengths", [RAGGED, None], ids=["ragged", "full"])
def test_reading_backward_is_reading_the_reversed_sentence(assert_same, cell, engine, lengths):
    recurrence = Recurrence(CELLS[cell], ENGINES[engine])
    forward = recurrence.layer(INPUT, HIDDEN).double()
    backward = recurrence.layer(INPUT, HIDDEN, backward_in_time=True).double()
    backward.load_state_dict(forward.state_dict())
    inputs = torch.randn(5, 6, INPUT).double()
    outputs, final = backward(inputs, torch.tensor(lengths) if lengths else None)
    for row, length in enumerate(lengths or [6] * 5):
        expected, last = forward(inputs[row : row + 1, :length].flip(1))
        assert_same(outputs[row, :length], expected[0].flip(0))
        assert_same([part[row] for part in final], [part[0] for part in last])


# Layer norm


@every_cell
@every_engine
def test_a_norm_normalises_each_output_and_leaves_states_as_they_are(assert_same, cell, engine):
    plain = make_stack(cell, engine)
    normed = make_stack(cell, engine, layer_norm=True)
    normed.load_state_dict(plain.state_dict(), strict=False)
    norm = normed.layers[0].norm
    inputs, lengths = torch.randn(5, 8, INPUT).double(), torch.tensor(RAGGED)
    (outputs, final), (normed_outputs, normed_final) = plain(inputs, lengths), normed(inputs, lengths)
    assert_same(normed_final, final)
    for row, length in enumerate(RAGGED):
        for t in range(length):
            h = outputs[row, t].tolist()
            mean = sum(h) / HIDDEN
            deviation = (sum((x - mean) ** 2 for x in h) / HIDDEN + norm.eps) ** 0.5
            scaled = zip(norm.weight.tolist(), h, norm.bias.tolist(), strict=True)
            expected = [gain * (x - mean) / deviation + shift for gain, x, shift in scaled]
            assert normed_outputs[row, t].tolist() == pytest.approx(expected, abs=1e-12)


def test_each_direction_has_a_norm_of_its_own():
    stack = make_stack(directions=2, layer_norm=True)
    norms = [parameter for name, parameter in stack.named_parameters() if "norm" in name]
    assert [norm.shape for norm in norms] == [(HIDDEN,)] * 4
    assert len({norm.data_ptr() for norm in norms}) == 4


@pytest.mark.parametrize("layer_norm", [False, True])
def test_there_is_a_norm_only_where_it_is_asked_for(layer_norm):
    names = dict(make_stack(layer_norm=layer_norm).named_parameters())
    assert any("norm" in name for name in names) == layer_norm


# Residual connections


@every_cell
@one_or_two_directions
def test_a_residual_stack_adds_what_each_layer_has_read_from_the_second_on(assert_same, cell, directions):
    stack = make_stack(cell, layers=3, directions=directions, residual=True)
    inputs, lengths = torch.randn(5, 8, INPUT).double(), torch.tensor(RAGGED)
    x, _ = stack.layers[0](inputs, lengths)
    finals = [stack.layers[0](inputs, lengths)[1]]
    for layer in stack.layers[1:]:
        outputs, final = layer(x, lengths)
        finals.append(final)
        x = x + outputs
    assert_same(stack(inputs, lengths), (x, tuple(finals)))


def test_dropout_leaves_the_way_past_a_layer_whole(assert_same):
    stack = make_stack(layers=3, dropout=Dropout(0.5), residual=True)
    for layer in stack.layers[1:]:
        for parameter in layer.parameters():
            nn.init.zeros_(parameter)  # a layer that puts out zeros
    inputs = torch.randn(5, 6, INPUT).double()
    alone, _ = stack.layers[0](inputs)
    assert_same(stack(inputs)[0], alone)
    first = tuple(layer.cell.initial_state(5) for layer in stack.layers)
    assert_same(stack.step(inputs[:, 0], first)[0], alone[:, 0])


def test_the_first_layer_adds_nothing_even_where_the_widths_match(assert_same):
    layer = Recurrence(CELLS["lstm"], ENGINES["scratch"]).layer(HIDDEN, HIDDEN).double()
    stack = RecurrentStack([layer], Dropout(), residual=True)
    inputs = torch.randn(5, 6, HIDDEN).double()
    assert_same(stack(inputs)[0], layer(inputs)[0])


def test_where_widths_differ_nothing_is_added(assert_same):
    recurrence = Recurrence(CELLS["lstm"], ENGINES["scratch"])
    layers = [recurrence.both_ways(INPUT, HIDDEN).double(), recurrence.layer(2 * HIDDEN, HIDDEN).double()]
    inputs = torch.randn(5, 6, INPUT).double()
    expected, _ = layers[1](layers[0](inputs)[0])
    assert_same(RecurrentStack(layers, Dropout(), residual=True)(inputs)[0], expected)


# Dropout


def test_dropout_falls_between_layers_and_only_there(assert_same):
    inputs = torch.randn(5, 6, INPUT).double()
    one = make_stack(dropout=Dropout(1.0))
    assert_same(one(inputs), one.eval()(inputs))
    two = make_stack(layers=2, dropout=Dropout(1.0))
    nothing = torch.zeros(5, 6, HIDDEN).double()
    assert_same(two(inputs)[0], two.layers[1](nothing)[0])
    state = tuple(layer.cell.initial_state(5) for layer in two.layers)
    assert_same(two.step(inputs[:, 0], state)[0], two.layers[1](nothing)[0][:, 0])


@pytest.mark.parametrize("variational", [False, True], ids=["plain", "variational"])
def test_dropout_is_off_outside_training(variational):
    stack = make_stack(layers=2, dropout=Dropout(0.5, variational))
    inputs = torch.randn(5, 6, INPUT).double()
    assert not torch.equal(stack(inputs)[0], stack(inputs)[0])
    stack.eval()
    assert torch.equal(stack(inputs)[0], stack(inputs)[0])


@one_or_two_directions
def test_variational_masks_have_the_widths_of_the_gaps_and_fall_into_them(assert_same, directions):
    stack = make_stack(layers=3, directions=directions, dropout=Dropout(0.5, variational=True))
    inputs = torch.randn(5, 6, INPUT).double()
    masks = stack.draw(inputs)
    assert [mask.shape for mask in masks] == [(5, directions * HIDDEN)] * 2
    x = inputs
    for layer, mask in zip(stack.layers, (None, *masks), strict=True):
        x, _ = layer(x if mask is None else x * mask.unsqueeze(1))
    assert_same(stack(inputs, masks=masks)[0], x)


@every_cell
def test_with_the_same_masks_steps_lead_where_the_sweep_leads(assert_same, cell):
    stack = make_stack(cell, layers=3, dropout=Dropout(0.5, variational=True))
    inputs = torch.randn(5, 6, INPUT).double()
    masks, state = stack.draw(inputs), random_state(stack)
    outputs, final = stack(inputs, None, state, masks)
    for t in range(6):
        output, state = stack.step(inputs[:, t], state, masks)
        assert_same(output, outputs[:, t])
    assert_same(state, final)
