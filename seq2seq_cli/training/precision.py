"""In which precision a model is computed."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch


def computing_in(precision: torch.dtype, device: torch.device) -> AbstractContextManager[object]:
    """Return a context in which products are taken of factors in a precision.

    In bfloat16, factors are rounded before they are multiplied, and so is what comes of it, biases added;
    parameters, their gradients and the loss are float32 all the same (Micikevicius et al. 2018, sections 3.1
    and 3.3; Kalamkar et al. 2019).
    """
    return nullcontext() if precision == torch.float32 else torch.autocast(device.type, precision)


@contextmanager
def without_denormals() -> Iterator[None]:
    """Let numbers too small for full precision be zero, where the processor can.

    Adam's means of what is seldom learnt fade into them, and CPUs are some fifteen times slower with them. A
    thread does as the one that started it: enter before the first large tensor is computed.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
