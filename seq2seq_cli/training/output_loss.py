"""The loss of an output layer, whose logits are in memory once."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

_AT_A_TIME = 256
"""So many words at a time: what is computed of their logits stays in the processor's cache."""

_ROWS = 128
"""In lower precision products take a multiple of so many rows: kernels are made anew for every shape."""

_WIDTH = 32
"""In lower precision products are quickest where sizes are multiples of this."""


class OutputLoss(torch.autograd.Function):
    """Cross entropy of softmax(W x + b) with smoothed words, summed over words.

    With the logits z = W x + b, p = softmax(z), and q the smoothed right word (see cross_entropy_sum),

        loss = - Σ_words q · log p          δz = p - q

    so that δz is there as soon as p is, and takes the place of z. Then δx = W^T δz, and
    δW = Σ δz x^T is one product over all words. With m = max(z) and e = exp(z - m), p = e / Σ e, and
    log p = z - m - log Σ e, which no small p makes infinite.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        words: Tensor,
        smoothing: float,
        precision: torch.dtype,
    ) -> Tensor:
        """Return the loss.

        Args:
            ctx: carries what the way back needs.
            x: what the output layer reads, (tokens, size).
            weight: W, (vocabulary, size).
            bias: b, (vocabulary,).
            words: (tokens,) the right ones.
            smoothing: ε.
            precision: of the factors of products, and of b and z.
        """
        tokens, vocabulary = len(x), len(weight)
        exact = precision == x.dtype
        read, factor = x, weight
        if not exact:
            read, factor = _lowered(x, precision, _ROWS), _lowered(weight, precision, _WIDTH)
        width = len(factor)
        bias = nn.functional.pad(bias, (0, width - vocabulary), value=-torch.inf)
        d = torch.addmm(bias.to(precision), read, factor.t())  # first z, then δz, (rows, width)
        d[tokens:].zero_()
        d_bias, loss = x.new_zeros(width), x.new_zeros(())
        ones = x.new_ones(min(tokens, _AT_A_TIME))
        some = torch.split(d[:tokens], _AT_A_TIME), torch.split(words.unsqueeze(1), _AT_A_TIME)
        for d_some, right in zip(*some, strict=True):
            z = d_some if exact else d_some.to(x.dtype)
            z -= z.amax(dim=1, keepdim=True)
            q_z = (1 - smoothing) * z.gather(1, right)
            if smoothing:
                q_z += smoothing / vocabulary * z[:, :vocabulary].sum(1, keepdim=True)
            e = z.exp_()
            total = e.sum(dim=1, keepdim=True)
            loss += (total.log() - q_z).sum()
            p = e.div_(total)
            p.scatter_add_(1, right, p.new_full(right.shape, smoothing - 1))
            if smoothing:
                p[:, :vocabulary] -= smoothing / vocabulary
            d_bias.addmv_(p.t(), ones[: len(p)])
            if not exact:
                d_some.copy_(p)
        ctx.save_for_backward(read, factor, d, d_bias)
        ctx.shape = tokens, vocabulary
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_loss: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients in x, W and b."""
        read, factor, d, d_bias = ctx.saved_tensors
        tokens, vocabulary = ctx.shape
        d_x = torch.mm(d, factor)[:tokens].to(d_loss.dtype).mul_(d_loss)
        d_weight = torch.mm(d.t(), read)[:vocabulary].to(d_loss.dtype).mul_(d_loss)
        return d_x, d_weight, d_bias[:vocabulary] * d_loss, None, None, None


def _lowered(rows: Tensor, precision: torch.dtype, multiple: int) -> Tensor:
    """Return rows rounded to a precision, and zeros below up to a multiple of so many."""
    lowered = rows.new_empty(-(-len(rows) // multiple) * multiple, rows.shape[1], dtype=precision)
    lowered[: len(rows)] = rows
    lowered[len(rows) :] = 0
    return lowered
