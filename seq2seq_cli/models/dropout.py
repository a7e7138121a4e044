"""Dropout: what keeps a model from learning a small corpus by heart."""

import torch
from torch import Tensor, nn


class Dropout(nn.Module):
    """Sets a share of activations to zero in training, and scales the others up (Srivastava et al. 2014).

        y = x ⊙ m / (1 - p),   m ~ Bernoulli(1 - p)

    Plain dropout draws m anew for every word; variational dropout draws it once a sentence and keeps it for
    all its words (Gal & Ghahramani 2016, section 4), here at inputs, between layers and before the output,
    while the state's own way from step to step stays whole, so that every engine can compute it.

    Args:
        p: the share that is dropped.
        variational: one mask for all words of a sentence.
    """

    def __init__(self, p: float = 0.0, variational: bool = False) -> None:
        super().__init__()
        self.p = p
        self.variational = variational

    def draw(self, like: Tensor, size: int) -> Tensor | None:
        """Return one mask for all words of each sentence, (batch, size), scaled; None where none is due.

        Args:
            like: a tensor (batch, ...) of the device and type that the mask should have.
            size: width of what it falls on.
        """
        if not (self.variational and self.training and self.p):
            return None
        return self._drawn(like, size)

    def factors(self, like: Tensor, size: int) -> Tensor | None:
        """Return what plain dropout multiplies by, (tokens, size); None where none is due.

        Args:
            like: a tensor (tokens, ...) of the device and type that they should have.
            size: width of what they fall on.
        """
        return self._drawn(like, size) if self.training and self.p else None

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Drop some of x, (batch, size) or (batch, time, size), by a mask that was drawn before, if any."""
        if mask is None and x.dim() == 3:
            mask = self.draw(x, x.shape[2])
        if mask is None:
            return nn.functional.dropout(x, self.p, self.training)
        return x * (mask if x.dim() == 2 else mask.unsqueeze(1))

    def _drawn(self, like: Tensor, size: int) -> Tensor:
        kept = torch.full((like.shape[0], size), 1 - self.p, dtype=like.dtype, device=like.device)
        return kept.bernoulli() / (1 - self.p)

    def extra_repr(self) -> str:
        """Say what is in it, for print(model)."""
        return f"p={self.p}{', variational' * self.variational}"
