"""Memory of long work, whose steps ask for the same few sizes all the time."""

import ctypes
import gc
import sys

# From glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST_MMAP_THRESHOLD = 32 << 20  # more is refused
_NEVER = -1


def settle_memory() -> None:
    """Ready the process for long work; to be called when all modules are loaded.

    What is there now is there to stay: the garbage collector need not look at it again and again, which takes
    a twentieth of a translation's time.
    """
    _keep_freed_memory()
    gc.freeze()


def _keep_freed_memory() -> None:
    """Let the C library keep what is freed for the next that asks, where it can be told so (glibc).

    Otherwise it hands large blocks back at once, and the system clears and maps them anew, page by page, at
    every step. The process stays as large as it once was. Blocks of 32 MiB and more are handed back all the
    same.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        mallopt(_TRIM_THRESHOLD, _NEVER)
