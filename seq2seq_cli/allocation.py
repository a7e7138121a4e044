"""How the C library deals with memory that is freed, and in which pages it lies."""

import ctypes
import sys

# From glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
_LARGEST_MMAP_THRESHOLD = 32 << 20  # more is refused
_DEFAULT_MMAP_MAX = 65536
_NEVER = -1

# From Linux's mman.h, and x86's and most ARMs' large pages.
_MADV_HUGEPAGE = 14
_LARGE_PAGE = 2 << 20

_HEAP = 1 << 30
"""So much of the heap may lie in large pages: addresses, of which only what is written to takes memory."""


def prepare_heap() -> None:
    """Let the C library keep what is freed, in large pages, where it can be told so (Linux, glibc).

    Otherwise it hands large blocks back at once, and the system clears and maps them anew, page by page, at
    every step of a training or a translation, which asks for tensors of the same few sizes all the time. The
    process stays as large as it once was. Blocks of 32 MiB and more are handed back all the same.

    A step goes through most of that memory, and a processor remembers the places of some thousand pages only.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt"):
        return
    libc.mallopt(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
    libc.mallopt(_TRIM_THRESHOLD, _NEVER)
    _ask_for_large_pages(libc)


def _ask_for_large_pages(libc: ctypes.CDLL) -> None:
    """Make the heap grow at once, ask the system to map it in large pages, and free it again for all to use.

    That is what GLIBC_TUNABLES=glibc.malloc.hugetlb=1 does, which has to be there before a program starts.
    """
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    libc.mallopt(_MMAP_MAX, 0)  # else so large a block would be a mapping of its own
    block = libc.malloc(_HEAP)
    libc.mallopt(_MMAP_MAX, _DEFAULT_MMAP_MAX)
    if block is None:
        return
    begin = -(-block // _LARGE_PAGE) * _LARGE_PAGE
    libc.madvise(begin, block + _HEAP - begin, _MADV_HUGEPAGE)  # refused, pages stay as they are
    libc.free(block)
