"""What the tests of the cells share: cells without zeros, and sums in plain floats."""

import pytest
import torch
from torch import nn

from seq2seq_cli.models.cells import CELLS


@pytest.fixture(scope="session")
def random_cell():
    """Return a maker of cells in float64, no part of whose parameters is zero."""

    def make(name, input_size=3, hidden_size=4, spread=1.0):
        cell = CELLS[name](input_size, hidden_size).double()
        for parameter in cell.parameters():
            nn.init.normal_(parameter, std=spread)
        return cell

    return make


@pytest.fixture(scope="session")
def random_state():
    """Return a maker of states, (batch, hidden) each."""

    def make(cell, batch, dtype=torch.float64):
        return tuple(torch.randn_like(part, dtype=dtype) for part in cell.initial_state(batch))

    return make


@pytest.fixture(scope="session")
def times():
    """Return the product of a matrix and a vector, all plain floats, for some of the matrix's rows."""

    def product(matrix, vector, number, size):
        rows = matrix.tolist()[number * size : (number + 1) * size]
        return [sum(w * value for w, value in zip(row, vector, strict=True)) for row in rows]

    return product
