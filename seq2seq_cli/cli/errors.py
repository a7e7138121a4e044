"""Errors become one message and an exit status; nobody sees a traceback for a mistake of their own."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

import typer
from typer.core import TyperGroup

from seq2seq_cli.errors import S2SError

INTERRUPTED = 130


class ErrorReporting(TyperGroup):
    """A group of commands that reports what goes wrong inside them."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit with 1 after an S2SError or without memory, with 130 after Ctrl-C."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # so that a full disk or a closed pipe shows itself here
            return result
        except S2SError as error:
            _tell(error)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            typer.echo("Interrupted.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # the reader, `head` say, has seen enough
            discard(sys.stdout)
            raise typer.Exit(0) from None
        except (MemoryError, RuntimeError) as error:
            if not _lacks_memory(error):
                raise
            _tell(_NO_MEMORY)
            raise typer.Exit(1) from None


_NO_MEMORY = S2SError(
    "There is not enough memory.",
    "A smaller model takes less, and a smaller training.batch_size, --beam or decoding.max_length.",
)


def _lacks_memory(error: Exception) -> bool:
    """Tell whether it says, in Python's way or in one of torch's, that there is no memory left."""
    said = ("out of memory", "can't allocate memory", "not enough memory")  # of a GPU, Linux, Windows
    return isinstance(error, MemoryError) or any(words in str(error) for words in said)


def _tell(error: S2SError) -> None:
    typer.echo(f"Error: {error.message}", err=True)
    if error.hint:
        typer.echo(f"       {error.hint}", err=True)


@contextmanager
def reporting_unwritable_output() -> Iterator[None]:
    """Exit with 1 and a message where standard output cannot be written, on a full disk say."""
    try:
        yield
    except OSError as error:
        discard(sys.stdout)
        what = error.filename or "standard output"  # a file's error has its name
        typer.echo(f"Error: {what}: {error.strerror or error}.", err=True)
        sys.exit(1)


def discard(stream: TextIO) -> None:
    """Send what a stream still holds, and all that follows, to nowhere, or Python complains at its end."""
    with suppress(OSError, ValueError):  # ValueError: it was closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
