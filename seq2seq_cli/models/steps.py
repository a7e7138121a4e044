"""Rows of packed sentences, step after step, and matrix products of them."""

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

_ROWS, _TOKENS = 32, 128
"""Products in lower precision take a multiple of so many rows, of a step and of all steps: their kernels are
made anew for every shape."""


def steps_of(rows: Tensor, sizes: Sequence[int]) -> tuple[Tensor, ...]:
    """Return views of packed rows, (..., tokens, size), one a step: (..., sentences of that step, size)."""
    return torch.split_with_sizes(rows, list(sizes), dim=-2)


class Steps:
    """A row for every token of packed sentences, step after step, of the precision of products.

    A step can be read a little beyond its end, where other steps' rows or none are, so that products see few
    different shapes; what comes of these rows is dropped.

    Where several cells read the same sentences at once, rows and matrices have a dimension before all others,
    one place a cell: the dots in the shapes below.

    Args:
        sizes: how many sentences take each step.
        width: of a row, or of each of its parts where these are multiplied apart.
        like: a tensor (..., any, any) of the rows' device, and of the type that `product` gives.
        precision: the rows' type.
    """

    def __init__(
        self, sizes: Sequence[int], width: int | tuple[int, ...], like: Tensor, precision: torch.dtype
    ) -> None:
        self.precision = precision
        self.exact = precision == like.dtype
        self.result = like.dtype
        tokens, end, tall = _layout(tuple(sizes), self.exact)
        # Where a width is odd, kernels in lower precision read the column beside it, too, and multiply it by
        # zero: it must be a number.
        parts = (width,) if isinstance(width, int) else width
        odd = not self.exact and any(part % 2 for part in parts)
        new = like.new_zeros if odd else like.new_empty
        self.all = new(*like.shape[:-2], end, sum(parts), dtype=precision)
        self.all.narrow(-2, tokens, end - tokens).zero_()  # these rows take part in sums over all rows
        self.rows = self.all.narrow(-2, 0, tokens)
        self._sizes = sizes
        self.steps = steps_of(self.rows, sizes)
        self._tall = self.steps if self.exact else [self.all.narrow(-2, *place) for place in tall]

    def __getitem__(self, t: int) -> Tensor:
        """Return the rows of step t, (..., sentences of that step, width)."""
        return self.steps[t]

    def times(self, t: int, matrix: Tensor, columns: slice | None = None) -> Tensor:
        """Return the product of step t's rows, or of some of their columns, with a matrix.

        It is (..., sentences of that step, matrix columns), in the rows' type.
        """
        product = _product(self._factor(t, columns), matrix)
        return product.narrow(-2, 0, self._sizes[t])

    def plus_product(self, sums: "Steps", t: int, matrix: Tensor, columns: slice | None = None) -> Tensor:
        """Return the sum of `sums` and `times` of step t, (..., sentences of that step, width of the sums).

        Where nothing is rounded it takes the place of that step's sums, so that none are added to twice.

        Args:
            sums: what the product is added to, as `projected` returned it.
            t: the step.
            matrix: (..., width or as many as there are columns, width of the sums).
            columns: which of the rows are multiplied, if not all; may be none.
        """
        if not matrix.shape[-2]:
            return sums[t]
        add = torch.addmm if matrix.dim() == 2 else torch.baddbmm
        before, factor = sums._tall[t], self._factor(t, columns)
        if self.exact:
            return add(before, factor, matrix, out=before)
        return add(before, factor, matrix).narrow(-2, 0, self._sizes[t])

    def _factor(self, t: int, columns: slice | None) -> Tensor:
        """Return step t's rows, and those that are read beyond."""
        return self._tall[t] if columns is None else self._tall[t][..., columns]

    def product(self, matrix: Tensor) -> Tensor:
        """Return the product of all rows with a matrix, (..., tokens, matrix columns)."""
        product = _product(self.all, matrix)
        return product.narrow(-2, 0, self.rows.shape[-2]).to(self.result)

    def projected(self, matrix: Tensor, bias: Tensor) -> "Steps":
        """Return the product of all rows with a matrix, and a bias added, as rows of the same precision."""
        bias = bias.unsqueeze(-2)
        sums = Steps(self._sizes, matrix.shape[-1], bias, self.precision)
        add = torch.addmm if bias.dim() == 2 else torch.baddbmm
        add(bias.to(self.precision), self.all, matrix, out=sums.all)
        return sums

    def gradient(self, d: "Steps", columns: slice | None = None) -> Tensor:
        """Return Σ δ x^T over all rows x, (..., width of δ, width), in their type: the gradient in W."""
        return _product(d.all.mT, self.all if columns is None else self.all[..., columns])


@lru_cache
def _layout(sizes: tuple[int, ...], exact: bool) -> tuple[int, int, tuple[tuple[int, int], ...]]:
    """Return the number of tokens and of rows, and what is read of each step: its first row, and how many."""
    places, begin = [], 0
    for size in sizes:
        places.append((begin, size if exact else -(-size // _ROWS) * _ROWS))
        begin += size
    end = max(first + height for first, height in places)
    return begin, end if exact else -(-end // _TOKENS) * _TOKENS, tuple(places)


def _product(left: Tensor, right: Tensor) -> Tensor:
    """Return the product of two matrices, or of two batches of them.

    By these names those who count products know it (inspection/model/), which matmul keeps to itself in
    inference mode.
    """
    return torch.mm(left, right) if left.dim() == 2 else torch.bmm(left, right)
