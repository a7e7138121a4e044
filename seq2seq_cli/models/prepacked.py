"""Linear maps of a model that learns no more, laid out for the fastest products there are."""

from copy import copy
from typing import TypeVar

import torch
from torch import Tensor, nn

from seq2seq_cli.models.cells import Cell, LayerState


class PrepackedLinear(nn.Module):
    """W x + b, with W laid out once as oneDNN's kernels for CPUs want it.

    A kernel that is given a matrix as it is lays it out anew at every call, which takes as long as a product
    of few rows. Within rounding(), factors are rounded to bfloat16; the product is float32 all the same.

    Args:
        weight: W, (outputs, inputs).
        bias: b, (outputs,), or None.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self.weight = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), None)
        self.bias = None if bias is None else bias.detach()

    def forward(self, x: Tensor) -> Tensor:
        """Return W x + b: (..., inputs) -> (..., outputs)."""
        product: Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")
        return product


class PrepackedCell(nn.Module):
    """A cell that takes steps, and does nothing else.

    Args:
        cell: whose parameters it has.
    """

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell
        self.project = PrepackedLinear(cell.weight_input, cell.bias)
        self.meet = PrepackedLinear(cell.weight_hidden, None)

    def step(self, x: Tensor, state: LayerState) -> LayerState:
        """Return the state after reading x, (rows, input)."""
        return self.cell.combine(self.project(x), self.meet(state[0]), state)


def can_prepack(weight: Tensor) -> bool:
    """Return whether a matrix can be laid out anew: float32, on a CPU for which torch has oneDNN."""
    here = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    here = here and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    return bool(here) and weight.device.type == "cpu" and weight.dtype == torch.float32


M = TypeVar("M", bound=nn.Module)


def prepacked(module: M) -> M:
    """Return a module with the linear maps and cells inside laid out, where that can be done.

    The module stays as it is, and shares everything else with what is returned. Matrices are copies: what the
    module learns afterwards, they do not.
    """
    twin = copy(module)
    twin._modules = {name: child and _prepacked_part(child) for name, child in module._modules.items()}
    return twin


def _prepacked_part(part: nn.Module) -> nn.Module:
    if type(part) is nn.Linear and can_prepack(part.weight):
        return PrepackedLinear(part.weight, part.bias)
    if isinstance(part, Cell) and can_prepack(part.weight_input):
        return PrepackedCell(part)
    return prepacked(part)
