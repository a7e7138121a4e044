"""Rows of packed sentences, step after step, and matrix products of them."""

from collections.abc import Sequence

import torch
from torch import Tensor

_ROWS, _TOKENS = 32, 128
"""Products in lower precision take a multiple of so many rows, of a step and of all steps: their kernels are
made anew for every shape."""


def steps_of(rows: Tensor, sizes: Sequence[int]) -> tuple[Tensor, ...]:
    """Return views of packed rows, (tokens, size), one a step: (sentences of that step, size)."""
    steps: tuple[Tensor, ...] = torch.split(rows, list(sizes))
    return steps


class Steps:
    """A row for every token of packed sentences, step after step, of the precision of products.

    A step can be read a little beyond its end, where other steps' rows or none are, so that products see few
    different shapes; what comes of these rows is dropped.

    Args:
        sizes: how many sentences take each step.
        width: of a row.
        like: a tensor of the device and type that results have.
        precision: the rows' type.
    """

    def __init__(self, sizes: Sequence[int], width: int, like: Tensor, precision: torch.dtype) -> None:
        self.exact = precision == like.dtype
        self.result = like.dtype
        tokens, multiple = sum(sizes), 1 if self.exact else _ROWS
        tall = [-(-size // multiple) * multiple for size in sizes]
        begins = [0]
        for size in sizes[:-1]:
            begins.append(begins[-1] + size)
        end = max(begin + height for begin, height in zip(begins, tall, strict=True))
        if not self.exact:
            end = -(-end // _TOKENS) * _TOKENS
        self.all = like.new_empty(end, width, dtype=precision)
        self.all[tokens:].zero_()  # they take part in sums over all rows
        self.rows = self.all[:tokens]
        self._steps = steps_of(self.rows, sizes)
        self._tall = [self.all[begin : begin + height] for begin, height in zip(begins, tall, strict=True)]

    def __getitem__(self, t: int) -> Tensor:
        """Return the rows of step t, (sentences of that step, width)."""
        return self._steps[t]

    def times(self, t: int, matrix: Tensor, columns: slice = slice(None)) -> Tensor:
        """Return the product of step t's rows with a matrix, (sentences of that step, matrix columns)."""
        product = torch.mm(self._tall[t][:, columns], matrix)
        return product[: len(self._steps[t])]

    def gradient(self, d: "Steps", columns: slice = slice(None)) -> Tensor:
        """Return Σ δ x^T over all rows x, (width of δ, width): the gradient in W of W x."""
        return torch.mm(d.all.t(), self.all[:, columns]).to(self.result)

    def total(self) -> Tensor:
        """Return Σ x over all rows x, (width,): for δ, the gradient in b of W x + b."""
        if self.exact:
            return self.rows.sum(0)
        ones = self.all.new_ones(1, len(self.all))  # a product is quicker than a sum in lower precision
        return torch.mm(ones, self.all).squeeze(0).to(self.result)
