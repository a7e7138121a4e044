"""From the encoder's final state to the decoder's first, for any two numbers of layers."""

import pytest
import torch
from torch import nn

from seq2seq_cli.errors import ConfigError
from seq2seq_cli.models.bridge import BRIDGES, LinearBridge

LSTM = ("hidden", "cell")
NEIGHBOURS = {
    (1, 1): [0],
    (1, 2): [0, 0],
    (1, 3): [0, 0, 0],
    (2, 1): [1],
    (2, 2): [0, 1],
    (2, 3): [0, 0, 1],
    (3, 1): [2],
    (3, 2): [1, 2],
    (3, 3): [0, 1, 2],
}
"""By the numbers of encoder and decoder layers: the encoder layer beside each decoder layer."""

every_bridge = pytest.mark.parametrize("name", BRIDGES)
all_depths = pytest.mark.parametrize(("encoder_layers", "decoder_layers"), NEIGHBOURS)
same_or_other_width = pytest.mark.parametrize("size", [6, 8], ids=["same-width", "other-width"])
every_bridge_that_fits = pytest.mark.parametrize(
    ("name", "size"), [(name, size) for name in BRIDGES for size in (6, 8) if name != "copy" or size == 6]
)
"""Bridges to a decoder of width 6, and widths that they can bridge to it."""


def random_state(sizes, parts=LSTM, batch=3):
    return tuple(
        tuple(torch.randn(batch, size, dtype=torch.float64, requires_grad=True) for _ in parts)
        for size in sizes
    )


# What every bridge has to fulfil


@every_bridge_that_fits
@all_depths
@pytest.mark.parametrize("parts", [LSTM, ("hidden",)], ids=["hidden-and-cell", "hidden"])
def test_every_decoder_layer_gets_every_part(name, encoder_layers, decoder_layers, size, parts):
    bridge = BRIDGES[name]([size] * encoder_layers, 6, decoder_layers, parts).double()
    first = bridge(random_state([size] * encoder_layers, parts))
    assert [[part.shape for part in layer] for layer in first] == [[(3, 6)] * len(parts)] * decoder_layers


@every_bridge_that_fits
@all_depths
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam])
def test_every_parameter_receives_a_gradient_and_an_optimisers_step_changes_it(
    name, encoder_layers, decoder_layers, size, optimizer
):
    bridge = BRIDGES[name]([size] * encoder_layers, 6, decoder_layers, LSTM).double()
    before = {key: parameter.detach().clone() for key, parameter in bridge.named_parameters()}
    if not before:
        assert name in ("copy", "zero") or size == 6
        return
    step = optimizer(bridge.parameters(), lr=0.1)
    first = bridge(random_state([size] * encoder_layers))
    sum(part.sin().sum() for layer in first for part in layer).backward()
    step.step()
    for key, parameter in bridge.named_parameters():
        assert parameter.grad.any(), key
        assert (parameter != before[key]).any(), key


@every_bridge_that_fits
def test_the_rows_of_a_batch_do_not_see_each_other(name, size):
    bridge = BRIDGES[name]([size] * 2, 6, 2, LSTM).double()
    state = random_state([size] * 2)
    together = bridge(state)
    for row in range(3):
        alone = bridge(tuple(tuple(part[row : row + 1] for part in layer) for layer in state))
        expected = tuple(tuple(part[row : row + 1] for part in layer) for layer in together)
        torch.testing.assert_close(alone, expected)


@every_bridge
def test_a_first_state_keeps_the_type_of_the_final_one(name):
    bridge = BRIDGES[name]([6], 6, 2, ("hidden",)).to(torch.float32)
    first = bridge(((torch.randn(3, 6),),))
    assert [part.dtype for layer in first for part in layer] == [torch.float32] * 2


# Linear


@all_depths
def test_linear_is_the_identity_where_widths_match(encoder_layers, decoder_layers):
    bridge = LinearBridge([6] * encoder_layers, 6, decoder_layers, LSTM)
    state = random_state([6] * encoder_layers)
    assert not list(bridge.parameters())
    for layer, neighbour in zip(bridge(state), NEIGHBOURS[encoder_layers, decoder_layers], strict=True):
        assert all(map(torch.equal, layer, state[neighbour]))


@all_depths
def test_linear_maps_each_part_of_each_layer_by_weights_of_its_own(encoder_layers, decoder_layers):
    sizes = [8, 9, 10][:encoder_layers]
    bridge = LinearBridge(sizes, 6, decoder_layers, LSTM).double()
    state = random_state(sizes)
    parameters = list(bridge.parameters())
    assert len({parameter.untyped_storage().data_ptr() for parameter in parameters}) == 4 * decoder_layers
    for layer, maps, neighbour in zip(
        bridge(state), bridge.maps, NEIGHBOURS[encoder_layers, decoder_layers], strict=True
    ):
        for part, part_name, final in zip(layer, LSTM, state[neighbour], strict=True):
            weight, bias = maps[part_name].weight, maps[part_name].bias
            expected = torch.einsum("dz,bz->bd", weight, final) + bias
            torch.testing.assert_close(part, expected, rtol=0, atol=1e-12)


def test_each_layer_decides_by_its_own_width():
    bridge = LinearBridge([4, 6], 6, 2, LSTM).double()
    state = random_state([4, 6])
    lower, upper = bridge(state)
    assert all(map(torch.equal, upper, state[1]))
    assert lower[0].shape == (3, 6)
    assert [isinstance(maps["cell"], nn.Identity) for maps in bridge.maps] == [False, True]


@all_depths
@same_or_other_width
def test_hidden_comes_of_hidden_and_cell_of_cell(encoder_layers, decoder_layers, size):
    bridge = LinearBridge([size] * encoder_layers, 6, decoder_layers, LSTM).double()
    state = random_state([size] * encoder_layers)
    other_cells = tuple((hidden, cell + 1) for hidden, cell in state)
    for (hidden, cell), (hidden_after, cell_after) in zip(bridge(state), bridge(other_cells), strict=True):
        assert torch.equal(hidden, hidden_after)
        assert (cell != cell_after).all()
        assert not torch.isclose(hidden, cell).any()


# Tanh


@all_depths
@same_or_other_width
def test_tanh_maps_each_part_of_each_layer_even_where_widths_match(encoder_layers, decoder_layers, size):
    bridge = BRIDGES["tanh"]([size] * encoder_layers, 6, decoder_layers, LSTM).double()
    state = random_state([size] * encoder_layers)
    parameters = list(bridge.parameters())
    assert len({parameter.untyped_storage().data_ptr() for parameter in parameters}) == 4 * decoder_layers
    for layer, maps, neighbour in zip(
        bridge(state), bridge.maps, NEIGHBOURS[encoder_layers, decoder_layers], strict=True
    ):
        for part, part_name, final in zip(layer, LSTM, state[neighbour], strict=True):
            weight, bias = maps[part_name][0].weight, maps[part_name][0].bias
            expected = (torch.einsum("dz,bz->bd", weight, final) + bias).tanh()
            torch.testing.assert_close(part, expected, rtol=0, atol=1e-12)


# Copy


@all_depths
def test_copy_hands_over_the_states_themselves(encoder_layers, decoder_layers):
    bridge = BRIDGES["copy"]([6] * encoder_layers, 6, decoder_layers, LSTM)
    state = random_state([6] * encoder_layers)
    assert not list(bridge.parameters())
    for layer, neighbour in zip(bridge(state), NEIGHBOURS[encoder_layers, decoder_layers], strict=True):
        assert all(map(torch.equal, layer, state[neighbour]))


def test_copy_minds_the_layers_that_it_uses_alone():
    state = random_state([9, 6])
    (layer,) = BRIDGES["copy"]([9, 6], 6, 1, LSTM)(state)
    assert all(map(torch.equal, layer, state[1]))


@pytest.mark.parametrize("sizes", [[6, 8], [8, 6]])
def test_copy_names_no_width_where_none_would_do(sizes):
    for width in (6, 8):
        with pytest.raises(ConfigError) as error:
            BRIDGES["copy"](sizes, width, 2, LSTM)
        assert "6 and 8" in error.value.message
        assert error.value.hint == "Set model.bridge to linear."


@pytest.mark.parametrize(("sizes", "layers"), [([8], 1), ([8], 2), ([8, 8], 2)])
def test_copy_says_which_widths_do_not_match_and_which_keys_to_set(sizes, layers):
    with pytest.raises(ConfigError) as error:
        BRIDGES["copy"](sizes, 6, layers, LSTM)
    assert "model.bridge copy" in error.value.message
    assert "8" in error.value.message
    assert "6" in error.value.message
    assert "model.decoder_hidden_size to 8" in error.value.hint
    assert "model.bridge to linear" in error.value.hint


# Zero


@all_depths
@same_or_other_width
def test_zero_hands_nothing_over(encoder_layers, decoder_layers, size):
    bridge = BRIDGES["zero"]([size] * encoder_layers, 6, decoder_layers, LSTM)
    assert not list(bridge.parameters())
    first = bridge(random_state([size] * encoder_layers))
    assert [len(layer) for layer in first] == [2] * decoder_layers
    for layer in first:
        for part in layer:
            assert torch.equal(part, torch.zeros(3, 6).double())
            assert not part.requires_grad
