"""Errors become one message and an exit status; nobody sees a traceback for a mistake of their own."""

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from seq2seq_cli.errors import S2SError

INTERRUPTED = 130


class ErrorReporting(TyperGroup):
    """A group of commands that reports what goes wrong inside them."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit with 1 after an S2SError, with 130 after Ctrl-C."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # so that a full disk or a closed pipe shows itself here
            return result
        except S2SError as error:
            typer.echo(f"Error: {error.message}", err=True)
            if error.hint:
                typer.echo(f"       {error.hint}", err=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            typer.echo("Interrupted.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # the reader, `head` say, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except OSError as error:  # a full disk behind a redirected stdout
            typer.echo(f"Error: {error.strerror or error}.", err=True)
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
