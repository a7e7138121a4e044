"""Independent pieces of work side by side, a thread a piece."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

import torch

_MOST = 16
"""More pieces at a time would take much memory; on a machine with more processors, threads share a piece."""

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def side_by_side(
    work: Callable[[Piece], Result], pieces: Iterable[Piece], device: torch.device
) -> Iterator[Result]:
    """Yield what work makes of each piece, in the order of the pieces.

    On a CPU as many pieces as torch has threads are worked on at a time, each by a thread that computes
    alone. Threads that share every operation wait for each other after each of them, all the longer where
    another program holds one up; and what is too small to be cut up is left to one of them. Until all is
    yielded, torch has fewer threads for everything else in the process, too.

    Args:
        work: computes with torch, which lets other threads of Python run meanwhile. What it raises is raised
            here, after the pieces under way have ended.
        pieces: taken as they are needed, a few ahead of what is yielded.
        device: where work computes; on another than a CPU, one piece follows the other.
    """
    threads = torch.get_num_threads() if device.type == "cpu" else 1
    left = iter(pieces)
    ahead = list(islice(left, min(threads, _MOST)))
    if len(ahead) < 2:
        yield from map(work, chain(ahead, left))
        return
    torch.set_num_threads(threads // len(ahead))  # of this thread, and of each that begins from here on
    pool = ThreadPoolExecutor(len(ahead))
    try:
        running = deque(pool.submit(work, piece) for piece in chain(ahead, islice(left, len(ahead))))
        while running:
            yield running.popleft().result()
            running.extend(pool.submit(work, piece) for piece in islice(left, 1))
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)
