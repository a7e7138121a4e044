"""A linear map for few rows, whose matrix stays as it is."""

from torch import Tensor, nn

FEW = 64
"""For more rows, laying out a matrix pays from the first few products on."""


class ColumnwiseLinear(nn.Module):
    """W x + b, computed as (W x^T + b)^T: the rows of W are shared by threads, as the few of x cannot be.

    That is as quick as a product with a matrix that has been laid out, and there is nothing to lay out: for
    parameters that have changed since the last few products (tests/bench/training.py, the autoencoder). What
    comes of it is laid out by columns.

    Args:
        weight: W, (outputs, inputs).
        bias: b, (outputs,), or None.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.weight = weight.detach()
        self.bias = None if bias is None else bias.detach().unsqueeze(1)  # (outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return W x + b: (..., inputs) -> (..., outputs)."""
        columns = x.flatten(0, -2).t()  # (inputs, rows)
        product = self.weight @ columns
        if self.bias is not None:
            product.add_(self.bias)
        return product.t().view(*x.shape[:-1], len(self.weight))
