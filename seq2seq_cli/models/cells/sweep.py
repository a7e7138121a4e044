"""What the whole-sentence passes of all cells share."""

from collections.abc import Sequence

import torch
from torch import Tensor


def sigmoid_backward(gradient: Tensor, s: Tensor, out: Tensor) -> Tensor:
    """Write gradient ⊙ s (1 - s), the gradient in a where s = σ(a), in one pass over memory."""
    result: Tensor = torch.ops.aten.sigmoid_backward.grad_input(gradient, s, grad_input=out)
    return result


def tanh_backward(gradient: Tensor, t: Tensor, out: Tensor) -> Tensor:
    """Write gradient ⊙ (1 - t²), the gradient in a where t = tanh(a), in one pass over memory."""
    result: Tensor = torch.ops.aten.tanh_backward.grad_input(gradient, t, grad_input=out)
    return result


def steps_of(rows: Tensor, sizes: Sequence[int]) -> tuple[Tensor, ...]:
    """Return views of packed rows, (tokens, size), one a step: (sentences of that step, size)."""
    steps: tuple[Tensor, ...] = torch.split(rows, list(sizes))
    return steps


def states_before(after: Tensor, sizes: Sequence[int], first: Tensor) -> Tensor:
    """Return, for every token of packed sentences, the state that its step began with, (tokens, hidden).

    Args:
        after: the state after every token, (tokens, hidden).
        sizes: how many sentences take each step.
        first: the state before the first step, (batch, hidden).
    """
    steps = zip(steps_of(after, sizes)[:-1], sizes[1:], strict=True)
    return torch.cat([first, *(before[:size] for before, size in steps)])


def lowered(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Return tensors in the precision that torch.autocast asks for, where it is on.

    Autocast looks after torch's own operations, one by one, and not after what is written in place.
    """
    device = tensors[0].device.type
    if not torch.is_autocast_enabled(device):
        return tensors
    return tuple(tensor.to(torch.get_autocast_dtype(device)) for tensor in tensors)
