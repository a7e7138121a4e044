"""Positions: what tells an encoder without recurrence which word comes first."""

import torch
from torch import Tensor


def positions(time: int, size: int, like: Tensor) -> Tensor:
    """Return a vector for each position, made of waves from short to long.

        P[t, 2i]     = sin(t / 10000^(2i / size))
        P[t, 2i + 1] = cos(t / 10000^(2i / size))

    P[t + k] is a rotation of P[t] that depends on k alone, so distances are easy to read, and there is no
    longest sentence, for nothing is learned (Vaswani et al. 2017, section 3.5).

    Args:
        time: number of positions.
        size: width of a vector; the last wave has no cosine where it is odd.
        like: a tensor of the device and type that the vectors should have.

    Returns:
        (time, size), numbers from -1 to 1.
    """
    dtype = torch.promote_types(like.dtype, torch.float32)  # bfloat16 cannot tell position 256 from 257
    position = torch.arange(time, dtype=dtype, device=like.device)
    column = torch.arange(size, dtype=dtype, device=like.device)
    angle = torch.outer(position, 10000 ** ((column % 2 - column) / size))  # (time, size)
    return torch.where(column % 2 == 0, angle.sin(), angle.cos()).to(like.dtype)
