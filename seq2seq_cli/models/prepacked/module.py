"""Modules whose matrices are multiplied otherwise."""

from copy import copy
from functools import partial
from typing import TypeVar

import torch
from torch import nn

from seq2seq_cli.models.cells import Cell, SummingCell
from seq2seq_cli.models.prepacked.cell import MakesLinear, PrepackedCell, PrepackedSummingCell
from seq2seq_cli.models.prepacked.columnwise import ColumnwiseLinear
from seq2seq_cli.models.prepacked.linear import PrepackedLinear, can_prepack, held_in

M = TypeVar("M", bound=nn.Module)


def prepacked(module: M, precision: torch.dtype = torch.float32) -> M:
    """Return a module with the linear maps and cells inside laid out, where that can be done.

    The module stays as it is, and shares everything else with what is returned. Matrices are copies: what the
    module learns afterwards, they do not.

    Args:
        module: a decoder, a bridge, or what they are made of.
        precision: of the products inside cells, most of which a nonlinearity squeezes; that of all others is
            float32, whose factors are rounded within rounding().
    """
    return _twin(module, PrepackedLinear, partial(PrepackedLinear, precision=held_in(precision)))


def columnwise(module: M) -> M:
    """Return a module for few rows, with the same parameters in the maps and cells inside; see prepacked.

    There, too, what the module learns afterwards is not seen everywhere.
    """
    return _twin(module, ColumnwiseLinear, ColumnwiseLinear)


def _twin(module: M, linear: MakesLinear, in_cells: MakesLinear) -> M:
    """Return a module whose linear maps, and those in its cells, are made anew."""
    twin = copy(module)
    parts = module._modules.items()
    twin._modules = {name: part and _twin_part(part, linear, in_cells) for name, part in parts}
    return twin


def _twin_part(part: nn.Module, linear: MakesLinear, in_cells: MakesLinear) -> nn.Module:
    if type(part) is nn.Linear and can_prepack(part.weight):
        return linear(part.weight, part.bias)
    if isinstance(part, Cell) and can_prepack(part.weight_input):
        if isinstance(part, SummingCell):
            return PrepackedSummingCell(part, in_cells)
        return PrepackedCell(part, in_cells)
    return _twin(part, linear, in_cells)
