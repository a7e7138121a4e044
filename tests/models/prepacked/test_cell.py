"""Prepacked cells, against those that they are made of."""

import pytest
import torch
from torch import nn

from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.prepacked import can_prepack, module, prepacked

pytestmark = pytest.mark.skipif(not can_prepack(torch.zeros(1, 1)), reason="torch has no oneDNN here")


@pytest.mark.parametrize(
    ("precision", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.03)], ids=["float32", "bfloat16"]
)
@pytest.mark.parametrize("cell_name", CELLS)
def test_a_prepacked_cell_takes_the_steps_of_the_cell(cell_name, precision, tolerance):
    cell, x = CELLS[cell_name](16, 24), torch.randn(5, 16)
    state = tuple(torch.randn_like(part) for part in cell.initial_state(5))
    (twin,) = prepacked(nn.ModuleList([cell]), precision)
    assert type(twin) is not type(cell)
    with torch.inference_mode():
        found, expected = twin.step(x, state), cell.step(x, state)
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


def test_where_bfloat16_cannot_be_held_products_are_float32(monkeypatch):
    monkeypatch.setattr(module, "held_in", lambda _: torch.float32)
    cell = CELLS["lstm"](16, 24)
    (twin,) = prepacked(nn.ModuleList([cell]), torch.bfloat16)
    x, state = torch.randn(5, 16), cell.initial_state(5)
    with torch.inference_mode():
        torch.testing.assert_close(twin.step(x, state), cell.step(x, state), rtol=1e-5, atol=1e-5)
