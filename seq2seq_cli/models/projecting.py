"""Products of one vector with several matrices, at every step, with gradients derived by hand."""

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_cli.models.steps import Steps


class ProjectionTrace:
    """W s of every step for several matrices W, which are multiplied as one, and the way back.

        [W_1 ; W_2] s = [W_1 s ; W_2 s]        δs = [W_1 ; W_2]^T [δ_1 ; δ_2]

    s is read once, and there is one product each way.

    Args:
        sizes: how many sentences take each step; falls.
        precision: of the factors of products.
        like: a tensor (any, any) of the device and type that results have.
        matrices: W, (size, width of s) each; in the place of None, the first part of s is handed on as it is.
    """

    def __init__(
        self, sizes: Sequence[int], precision: torch.dtype, like: Tensor, matrices: Sequence[Tensor | None]
    ) -> None:
        self._sizes, self._precision, self._like = sizes, precision, like
        self._multiplies = [matrix is not None for matrix in matrices]
        given = [matrix.to(precision) for matrix in matrices if matrix is not None]
        self._heights = [len(matrix) for matrix in given]
        if given:
            self._weight = torch.cat(given) if len(given) > 1 else given[0]  # (all sizes, width)
            self._turned = self._weight.t()
            self._read = Steps(sizes, self._weight.shape[1], like, precision)

    def forward(self, t: int, *parts: Tensor) -> list[Tensor]:
        """Return W s of step t for each W, (sentences, size).

        Args:
            t: the step.
            parts: of s, (sentences, width) each.
        """
        products: Sequence[Tensor] = ()
        if self._heights:
            _write(self._read[t], parts)
            together = self._read.times(t, self._turned).to(self._like.dtype)
            products = torch.split_with_sizes(together, self._heights, dim=1)
        made = iter(products)
        return [next(made) if multiplies else parts[0] for multiplies in self._multiplies]

    def turn(self) -> None:
        """Begin the way back: make room for δ."""
        if self._heights:
            self._d = Steps(self._sizes, len(self._weight), self._like, self._precision)

    def backward(self, t: int, gradients: Sequence[Tensor | None], *d_parts: Tensor) -> None:
        """Add δs of step t to `d_parts`.

        Args:
            t: the step.
            gradients: in each W s, (sentences, size), or in what was handed on; None there for zero.
            d_parts: gradients in the parts of s, (sentences, width) each.
        """
        through = []
        for gradient, multiplies in zip(gradients, self._multiplies, strict=True):
            if gradient is not None:
                through.append(gradient) if multiplies else d_parts[0].add_(gradient)
        if through:
            _write(self._d[t], through)
            d_read = _parted(self._d.times(t, self._weight), d_parts)
            for d_part, d in zip(d_parts, d_read, strict=True):
                d_part.add_(d)

    def d_matrices(self) -> tuple[Tensor, ...]:
        """Return δW of the matrices that there are, after the last step back."""
        if not self._heights:
            return ()
        return tuple(torch.split(self._read.gradient(self._d).to(self._like.dtype), self._heights))


def _write(rows: Tensor, parts: Sequence[Tensor]) -> None:
    """Write parts, (sentences, width) each, beside each other in rows, (sentences, all widths)."""
    for place, part in zip(_parted(rows, parts), parts, strict=True):
        place.copy_(part)


def _parted(rows: Tensor, parts: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return views of rows, each as wide as a part."""
    return torch.split_with_sizes(rows, [part.shape[1] for part in parts], dim=1)
