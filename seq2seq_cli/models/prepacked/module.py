"""Modules with the matrices inside laid out."""

from copy import copy
from typing import TypeVar

import torch
from torch import nn

from seq2seq_cli.models.cells import Cell, SummingCell
from seq2seq_cli.models.prepacked.cell import PrepackedCell, PrepackedSummingCell
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
    twin = copy(module)
    parts = module._modules.items()
    twin._modules = {name: part and _prepacked_part(part, precision) for name, part in parts}
    return twin


def _prepacked_part(part: nn.Module, precision: torch.dtype) -> nn.Module:
    if type(part) is nn.Linear and can_prepack(part.weight):
        return PrepackedLinear(part.weight, part.bias)
    if isinstance(part, Cell) and can_prepack(part.weight_input):
        if isinstance(part, SummingCell):
            return PrepackedSummingCell(part, held_in(precision))
        return PrepackedCell(part, held_in(precision))
    return prepacked(part, precision)
