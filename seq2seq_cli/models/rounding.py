"""Products of float32 whose factors are rounded, and whose sums are not."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import torch


class _Rounding:
    """How many want products rounded, and what torch was told before the first of them."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.users = 0
        self.before = "highest"


_rounding = _Rounding()


@contextmanager
def rounding() -> Iterator[None]:
    """Let products of float32 on CPUs round their factors to bfloat16, and keep their sums in float32.

    Torch has one switch for all threads: it is on until the last of those that want it is done.
    """
    with _rounding.lock:
        if not _rounding.users:
            _rounding.before = torch.get_float32_matmul_precision()
            torch.set_float32_matmul_precision("medium")
        _rounding.users += 1
    try:
        yield
    finally:
        with _rounding.lock:
            _rounding.users -= 1
            if not _rounding.users:
                torch.set_float32_matmul_precision(_rounding.before)
