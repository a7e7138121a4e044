"""From the encoder's final state to the decoder's first, for any two numbers of layers."""

import pytest
import torch
from torch import nn

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


def random_state(sizes, parts=LSTM, batch=3):
    return tuple(
        tuple(torch.randn(batch, size, dtype=torch.float64, requires_grad=True) for _ in parts)
        for size in sizes
    )


# What every bridge has to fulfil


@every_bridge
@all_depths
@same_or_other_width
@pytest.mark.parametrize("parts", [LSTM, ("hidden",)], ids=["hidden-and-cell", "hidden"])
def test_every_decoder_layer_gets_every_part(name, encoder_layers, decoder_layers, size, parts):
    bridge = BRIDGES[name]([size] * encoder_layers, 6, decoder_layers, parts).double()
    first = bridge(random_state([size] * encoder_layers, parts))
    assert [[part.shape for part in layer] for layer in first] == [[(3, 6)] * len(parts)] * decoder_layers


@every_bridge
@all_depths
def test_every_parameter_receives_a_gradient(name, encoder_layers, decoder_layers):
    bridge = BRIDGES[name]([8] * encoder_layers, 6, decoder_layers, LSTM).double()
    first = bridge(random_state([8] * encoder_layers))
    sum(part.sin().sum() for layer in first for part in layer).backward()
    for parameter_name, parameter in bridge.named_parameters():
        assert parameter.grad.any(), parameter_name


@every_bridge
@same_or_other_width
def test_the_rows_of_a_batch_do_not_see_each_other(name, size):
    bridge = BRIDGES[name]([size] * 2, 6, 2, LSTM).double()
    state = random_state([size] * 2)
    together = bridge(state)
    for row in range(3):
        alone = bridge(tuple(tuple(part[row : row + 1] for part in layer) for layer in state))
        expected = tuple(tuple(part[row : row + 1] for part in layer) for layer in together)
        torch.testing.assert_close(alone, expected)


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
