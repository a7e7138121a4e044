"""How a command that answers at once gets its modules."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def starting() -> Iterator[None]:
    """Let imports, and the loading of a model, go by without the garbage collector.

    It would look again and again through the hundred thousands of objects that torch brings, and once more
    when the program ends; all are there to stay. That takes a quarter of the time to the first answer.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
