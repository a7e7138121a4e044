"""Memory that is freed, and asked for again."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

FAULTS = """
import ctypes, resource
from seq2seq_cli.allocation import prepare_heap
prepare_heap() if {kept} else None
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


LARGE = """
import re
from seq2seq_cli.allocation import prepare_heap
prepare_heap()
status, maps = open("/proc/self/status").read(), open("/proc/self/smaps").read()
print(int(re.search(r"VmRSS:\\s+(\\d+)", status)[1]) // 1024)
# hg: large pages were asked for.
print(sum(int(size) for size, flags in re.findall(r"Size: +(\\d+) kB.*?VmFlags: (.*?)$", maps, re.S | re.M)
          if "hg" in flags.split()) // 1024)
"""


def tells_of_large_pages():
    """Return whether the system has large pages for those that ask, and says who has asked."""
    told, maps = Path("/sys/kernel/mm/transparent_hugepage/enabled"), Path("/proc/self/smaps")
    return told.exists() and "[never]" not in told.read_text() and "VmFlags" in maps.read_text()


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or not tells_of_large_pages(), reason="no large pages here"
)
def test_large_pages_are_asked_for_and_the_heap_takes_memory_only_as_it_is_written_to():
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    resident, asked_for = map(int, done.stdout.split())
    assert resident < 100  # mebibytes, of a heap of a thousand
    assert asked_for > 1000
