"""How the C library deals with memory that is freed."""

import ctypes
import sys

# From glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST_MMAP_THRESHOLD = 32 << 20  # more is refused
_NEVER = -1


def keep_freed_memory() -> None:
    """Let the C library keep what is freed for the next that asks, where it can be told so (glibc).

    Otherwise it hands large blocks back at once, and the system clears and maps them anew, page by page, at
    every step of a training or a translation, which asks for tensors of the same few sizes all the time. The
    process stays as large as it once was. Blocks of 32 MiB and more are handed back all the same.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        mallopt(_TRIM_THRESHOLD, _NEVER)
