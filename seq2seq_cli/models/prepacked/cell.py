"""Cells with their matrices laid out."""

import torch
from torch import Tensor, nn

from seq2seq_cli.models.cells import Cell, LayerState, SummingCell
from seq2seq_cli.models.prepacked.linear import PrepackedLinear


class PrepackedCell(nn.Module):
    """A cell that takes steps, and does nothing else.

    Args:
        cell: whose parameters it has.
        precision: of products.
    """

    def __init__(self, cell: Cell, precision: torch.dtype) -> None:
        super().__init__()
        self.cell = cell
        self.project = PrepackedLinear(cell.weight_input, cell.bias, precision)
        self.meet = PrepackedLinear(cell.weight_hidden, None, precision)

    def step(self, x: Tensor, state: LayerState) -> LayerState:
        """Return the state after reading x, (rows, input)."""
        return self.cell.combine(self.project(x), self.meet(state[0]), state)


class PrepackedSummingCell(nn.Module):
    """The same of a cell that needs no more than W x + U h + b, which is one product here.

    Args:
        cell: whose parameters it has.
        precision: of products.
    """

    def __init__(self, cell: SummingCell, precision: torch.dtype) -> None:
        super().__init__()
        self.cell = cell
        both = torch.cat([cell.weight_input, cell.weight_hidden], dim=1)  # [W U]
        self.sum = PrepackedLinear(both, cell.bias, precision)

    def step(self, x: Tensor, state: LayerState) -> LayerState:
        """Return the state after reading x, (rows, input)."""
        return self.cell.after(self.sum(torch.cat([x, state[0]], dim=1)), state)
