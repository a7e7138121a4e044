"""One step of one recurrent layer, looked at."""

from torch import Tensor

from seq2seq_cli.inspection.trace.record import CellStep, Numbers
from seq2seq_cli.models.cells import Cell, LayerState
from seq2seq_cli.models.recurrent import Recurrent


def take_step(layer: Recurrent, x: Tensor, state: LayerState) -> tuple[CellStep, Tensor, LayerState]:
    """Take one step of a layer by its equations, and write it down.

    Args:
        layer: which one.
        x: what it reads, (1, input).
        state: the state before the step, parts (1, hidden).

    Returns:
        What there is to see, what the layer puts out, (1, hidden), and the state after the step.
    """
    cell = layer.cell
    gates = cell.gates(cell.project(x), state)
    output, after = layer.step(x, state)
    step = CellStep(
        dict(zip(getattr(gates, "_fields", ()), map(numbers, gates), strict=True)),
        parts(cell, after),
        [] if layer.norm is None else numbers(output),
    )
    return step, output, after


def parts(cell: Cell, state: LayerState) -> dict[str, Numbers]:
    """Return the parts of a state by name; they may be of any width."""
    return dict(zip(cell.state_parts, map(numbers, state), strict=True))


def numbers(row: Tensor) -> Numbers:
    """Return the numbers of a tensor of one row, (1, size) or (size,)."""
    plain: Numbers = row.flatten().tolist()
    return plain
