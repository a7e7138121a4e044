"""Sentences from their ends to their beginnings."""

import torch
from torch import Tensor


def reverse_sentences(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Reverse each sentence within its own length; padding stays where it is.

    Args:
        x: (batch, time) or (batch, time, size).
        lengths: (batch,) true lengths; None where every sentence fills the time.
    """
    if lengths is None:
        return x.flip(1)
    t = torch.arange(x.shape[1], device=x.device)  # (time,)
    mirrored = lengths[:, None] - 1 - t  # (batch, time), negative in the padding
    index = torch.where(mirrored >= 0, mirrored, t)
    return x.gather(1, index if x.dim() == 2 else index.unsqueeze(2).expand_as(x))
