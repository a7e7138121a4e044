"""A linear map laid out for the fastest products there are."""

import torch
from torch import Tensor, nn

_LANES = 32
"""Kernels are a fifth slower where the number of outputs is no multiple of this."""


class PrepackedLinear(nn.Module):
    """W x + b, with W laid out once as oneDNN's kernels for CPUs want it.

    A kernel that is given a matrix as it is lays it out anew at every call, which takes as long as a product
    of few rows.

    In bfloat16, factors and what comes of them are rounded. In float32 only factors are, and only within
    rounding(), at twice the price: W has to be rounded anew at every call.

    Args:
        weight: W, (outputs, inputs).
        bias: b, (outputs,), or None.
        precision: of W.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, precision: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self.precision = precision
        more = -self.out_features % _LANES if self.out_features > _LANES else 0
        weight = nn.functional.pad(weight.detach().to(precision), (0, 0, 0, more))
        self.weight = torch.ops.mkldnn._reorder_linear_weight(weight, None)
        self.bias = None if bias is None else nn.functional.pad(bias.detach().to(precision), (0, more))

    def forward(self, x: Tensor) -> Tensor:
        """Return W x + b: (..., inputs) -> (..., outputs), of the type of x."""
        product: Tensor = torch.ops.mkldnn._linear_pointwise(
            *(x.to(self.precision), self.weight, self.bias), "none", [], ""
        )
        return product[..., : self.out_features].to(x.dtype)


def held_in(precision: torch.dtype) -> torch.dtype:
    """Return the precision that matrices can be held in for such products: float32 where bfloat16 cannot be.

    Not every CPU has what oneDNN wants for bfloat16; rounding() does without.
    """
    supported = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", bool)
    return precision if supported() else torch.float32


def can_prepack(weight: Tensor) -> bool:
    """Return whether a matrix can be laid out anew: float32, on a CPU for which torch has oneDNN."""
    here = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    here = here and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    return bool(here) and weight.device.type == "cpu" and weight.dtype == torch.float32
