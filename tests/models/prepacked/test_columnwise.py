"""Linear maps of few rows, against torch's."""

import pytest
import torch
from torch import nn

from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.prepacked import can_prepack, columnwise
from seq2seq_cli.models.prepacked.columnwise import ColumnwiseLinear

on_this_cpu = pytest.mark.skipif(not can_prepack(torch.zeros(1, 1)), reason="torch has no oneDNN here")


@pytest.mark.parametrize("shape", [(1, 48), (31, 48), (3, 7, 48), (0, 48)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_it_gives_what_the_map_gives(shape, bias):
    linear, x = nn.Linear(48, 33, bias=bias), torch.randn(shape)
    with torch.inference_mode():
        found = ColumnwiseLinear(linear.weight, linear.bias)(x)
        torch.testing.assert_close(found, linear(x), rtol=1e-5, atol=1e-5)


@on_this_cpu
def test_nothing_is_copied():
    module = nn.Sequential(nn.Linear(4, 3), nn.LayerNorm(3))
    twin = columnwise(module)
    assert twin[0].weight.data_ptr() == module[0].weight.data_ptr()
    assert twin[1] is not module[0]
    assert type(module[0]) is nn.Linear


@on_this_cpu
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_takes_the_same_steps(name):
    cell, x = CELLS[name](16, 24), torch.randn(5, 16)
    state = tuple(torch.randn_like(part) for part in cell.initial_state(5))
    (twin,) = columnwise(nn.ModuleList([cell]))
    assert type(twin) is not type(cell)
    with torch.inference_mode():
        torch.testing.assert_close(twin.step(x, state), cell.step(x, state), rtol=1e-5, atol=1e-5)
