"""What matrix products and their factors are rounded to, where everything else stays as it is."""

import torch
from torch import Tensor


def product_precision(tensor: Tensor) -> torch.dtype:
    """Return what factors of products are rounded to: what torch.autocast asks for, or a tensor's own type.

    Units for bfloat16 multiply several times as fast as those for float32, and hand out what they have summed
    up, biases and earlier products included, in the same type. Nonlinearities and what is carried from step
    to step gain nothing by it (Micikevicius et al. 2018, section 3.3).
    """
    device = tensor.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else tensor.dtype


def raised(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Return tensors in float32 where torch.autocast is on, and as they are where it is not."""
    if not torch.is_autocast_enabled(tensors[0].device.type):
        return tensors
    return tuple(tensor.float() for tensor in tensors)
