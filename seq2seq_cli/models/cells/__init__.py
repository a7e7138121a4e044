"""Recurrent cells: one step of time as the equations say it, and all steps with gradients derived by hand."""

from seq2seq_cli.models.cells.cell import Cell, unroll_side_by_side
from seq2seq_cli.models.cells.gru import GRUCell
from seq2seq_cli.models.cells.lstm import LSTMCell
from seq2seq_cli.models.cells.summing import SummingCell
from seq2seq_cli.models.cells.tanh import TanhCell
from seq2seq_cli.models.cells.trace import LayerState
from seq2seq_cli.registry import Registry

CELLS: Registry[type[Cell]] = Registry("cell", {"lstm": LSTMCell, "gru": GRUCell, "tanh": TanhCell})

__all__ = [
    "CELLS",
    "Cell",
    "GRUCell",
    "LSTMCell",
    "LayerState",
    "SummingCell",
    "TanhCell",
    "unroll_side_by_side",
]
