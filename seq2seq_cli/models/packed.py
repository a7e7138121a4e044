"""Linear maps of a model that learns no more, laid out for the fastest products there are."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from seq2seq_cli.models.cells import Cell, LayerState

_ROWS = 32
"""Products take a multiple of so many rows: their kernels are made anew for every shape."""


class PackedLinear(nn.Module):
    """W x + b, with W laid out once as oneDNN's kernels for CPUs want it.

    A kernel that is given a matrix as it is lays it out anew at every call, which takes as long as a product
    of few rows.

    Args:
        weight: W, (outputs, inputs).
        bias: b, (outputs,), or None.
        precision: what the factors are rounded to, float32 or bfloat16; the product is float32 all the same.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, precision: torch.dtype) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self.precision = precision
        self.weight = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), None)
        self.bias = None if bias is None else bias.detach()

    def forward(self, x: Tensor) -> Tensor:
        """Return W x + b: (..., inputs) -> (..., outputs)."""
        rows = x.flatten(0, -2)
        padded = nn.functional.pad(rows, (0, 0, 0, -len(rows) % _ROWS))
        with rounding_to(self.precision):
            product = torch.ops.mkldnn._linear_pointwise(padded, self.weight, self.bias, "none", [], "")
        found: Tensor = product[: len(rows)].view(*x.shape[:-1], self.out_features)
        return found


class PackedCell(nn.Module):
    """A cell that takes steps, and does nothing else.

    Args:
        cell: whose parameters it has.
        precision: see PackedLinear.
    """

    def __init__(self, cell: Cell, precision: torch.dtype) -> None:
        super().__init__()
        self.cell = cell
        self.project = PackedLinear(cell.weight_input, cell.bias, precision)
        self.meet = PackedLinear(cell.weight_hidden, None, precision)

    def step(self, x: Tensor, state: LayerState) -> LayerState:
        """Return the state after reading x, (rows, input)."""
        return self.cell.combine(self.project(x), self.meet(state[0]), state)


def can_pack(weight: Tensor) -> bool:
    """Return whether a matrix can be laid out anew: float32, on a CPU for which torch has oneDNN."""
    here = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    here = here and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    return bool(here) and weight.device.type == "cpu" and weight.dtype == torch.float32


def pack(module: nn.Module, precision: torch.dtype) -> None:
    """Lay out the linear maps and cells inside a module, in place, where that can be done."""
    for inner in list(module.modules()):
        for name, child in list(inner.named_children()):
            if type(child) is nn.Linear and can_pack(child.weight):
                setattr(inner, name, PackedLinear(child.weight, child.bias, precision))
            elif isinstance(child, Cell) and can_pack(child.weight_input):
                setattr(inner, name, PackedCell(child, precision))


@contextmanager
def rounding_to(precision: torch.dtype) -> Iterator[None]:
    """Let products of float32 round their factors to a precision, and keep their sums in float32."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium" if precision == torch.bfloat16 else "highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
