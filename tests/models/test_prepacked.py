"""Prepacked linear maps and cells, against those that they are made of."""

import pytest
import torch
from torch import nn

from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.prepacked import PrepackedCell, PrepackedLinear, can_prepack, prepacked
from seq2seq_cli.models.rounding import rounding

pytestmark = pytest.mark.skipif(not can_prepack(torch.zeros(1, 1)), reason="torch has no oneDNN here")


@pytest.mark.parametrize("shape", [(1, 48), (31, 48), (64, 48), (3, 7, 48)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_a_prepacked_map_gives_what_the_map_gives(shape, bias):
    linear, x = nn.Linear(48, 33, bias=bias), torch.randn(shape)
    with torch.inference_mode():
        found = PrepackedLinear(linear.weight, linear.bias)(x)
        torch.testing.assert_close(found, linear(x), rtol=1e-5, atol=1e-5)


def test_in_bfloat16_the_factors_are_rounded_and_the_sum_is_not():
    linear, x = nn.Linear(256, 33), torch.randn(40, 256)
    with torch.inference_mode():
        exact = linear(x)
        with rounding():
            found = PrepackedLinear(linear.weight, linear.bias)(x)
    assert found.dtype == torch.float32
    assert (found - exact).abs().max() < 0.02


@pytest.mark.parametrize("cell_name", CELLS)
def test_a_prepacked_cell_takes_the_steps_of_the_cell(cell_name):
    cell, x = CELLS[cell_name](16, 24), torch.randn(5, 16)
    state = tuple(torch.randn_like(part) for part in cell.initial_state(5))
    with torch.inference_mode():
        found, expected = PrepackedCell(cell).step(x, state), cell.step(x, state)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_a_module_stays_as_it_is_and_shares_what_is_not_packed():
    module = nn.Sequential(nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 3)), nn.LayerNorm(3))
    twin = prepacked(module)
    (embedding, linear), norm = module
    assert twin[0][0].weight is embedding.weight
    assert twin[1].weight is norm.weight
    assert type(twin[0][1]) is PrepackedLinear
    assert type(linear) is nn.Linear
    words = torch.tensor([1, 4])
    with torch.inference_mode():
        torch.testing.assert_close(twin(words), module(words), rtol=1e-5, atol=1e-5)


def test_what_cannot_be_packed_is_shared():
    module = nn.Sequential(nn.Linear(4, 4).double(), nn.Tanh())
    assert type(prepacked(module)[0]) is nn.Linear
