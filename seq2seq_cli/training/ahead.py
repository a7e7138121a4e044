"""The next batches are prepared while the current one is learnt from."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")

_LOOK_AGAIN = 0.1  # seconds until a thread that waits for room notices that nobody wants more


def ahead(items: Iterator[T], depth: int = 2) -> Generator[T, None, None]:
    """Yield what an iterator yields, which another thread asks for `depth` items ahead.

    An error in it is raised here, at the place where it belongs. The thread ends when this iterator does.
    """
    queue: Queue[tuple[T] | BaseException | None] = Queue(depth)  # a boxed item, an error, or the end
    unwanted = Event()

    def put(message: tuple[T] | BaseException | None) -> None:
        while not unwanted.is_set():
            with suppress(Full):
                queue.put(message, timeout=_LOOK_AGAIN)
                return

    def work() -> None:
        try:
            for item in items:
                put((item,))
                if unwanted.is_set():
                    return
            put(None)
        except BaseException as error:
            put(error)

    thread = Thread(target=work, name="batches", daemon=True)
    thread.start()
    try:
        while (message := queue.get()) is not None:
            if isinstance(message, BaseException):
                raise message
            yield message[0]
    finally:
        unwanted.set()
        thread.join()
