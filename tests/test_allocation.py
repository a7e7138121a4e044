"""Memory that is freed, and asked for again."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import ctypes, resource
from seq2seq_cli.allocation import keep_freed_memory
keep_freed_memory() if {kept} else None
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    blocks = [libc.malloc(20 << 20) for _ in range(4)]
    for block in blocks:
        ctypes.memset(block, 1, 20 << 20)
    for block in blocks:
        libc.free(block)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(kept):
    """Return how often the system had to map a page for blocks that come and go."""
    done = subprocess.run(
        [sys.executable, "-c", FAULTS.format(kept=kept)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that listens")
def test_what_is_freed_is_there_for_the_next_that_asks():
    assert faults(kept=True) < faults(kept=False) / 4
