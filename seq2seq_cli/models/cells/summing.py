"""Cells that need no more of input and state than the sum of their products."""

from abc import abstractmethod

from torch import Tensor

from seq2seq_cli.models.cells.cell import Cell
from seq2seq_cli.models.cells.trace import LayerState


class SummingCell(Cell):
    """A cell whose step depends on a = W x + U h + b, which is one product, of [W U] and [x ; h]."""

    def combine(self, projected: Tensor, met: Tensor, state: LayerState) -> LayerState:
        """Return the state after a step, from W x + b, U h and the state before."""
        return self.after(projected + met, state)

    @abstractmethod
    def after(self, a: Tensor, state: LayerState) -> LayerState:
        """Return the state after a step, from a, (batch, gates * hidden), and the state before."""
