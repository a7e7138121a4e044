"""Cells that take steps, and do nothing else."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from seq2seq_cli.models.cells import Cell, LayerState, SummingCell

MakesLinear = Callable[[Tensor, Tensor | None], nn.Module]
"""Makes the linear map of a matrix, (outputs, inputs), and a bias, (outputs,)."""


class PrepackedCell(nn.Module):
    """A cell whose products are made otherwise.

    Args:
        cell: whose parameters it has.
        linear: makes the linear map of a matrix and a bias.
    """

    def __init__(self, cell: Cell, linear: MakesLinear) -> None:
        super().__init__()
        self.cell = cell
        self.project = linear(cell.weight_input, cell.bias)
        self.meet = linear(cell.weight_hidden, None)

    def step(self, x: Tensor, state: LayerState) -> LayerState:
        """Return the state after reading x, (rows, input)."""
        return self.cell.combine(self.project(x), self.meet(state[0]), state)


class PrepackedSummingCell(nn.Module):
    """The same of a cell that needs no more than W x + U h + b, which is one product here.

    Args:
        cell: whose parameters it has.
        linear: makes the linear map of a matrix and a bias.
    """

    def __init__(self, cell: SummingCell, linear: MakesLinear) -> None:
        super().__init__()
        self.cell = cell
        both = torch.cat([cell.weight_input, cell.weight_hidden], dim=1)  # [W U]
        self.sum = linear(both, cell.bias)

    def step(self, x: Tensor, state: LayerState) -> LayerState:
        """Return the state after reading x, (rows, input)."""
        return self.cell.after(self.sum(torch.cat([x, state[0]], dim=1)), state)
