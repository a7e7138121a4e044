"""The five commands, registered in plain sight."""

import io
import os
import sys

import typer

from seq2seq_cli.cli.errors import ErrorReporting, reporting_unwritable_output
from seq2seq_cli.cli.evaluate import evaluate
from seq2seq_cli.cli.inspect import inspect
from seq2seq_cli.cli.options import version_option
from seq2seq_cli.cli.prepare_data import prepare_data
from seq2seq_cli.cli.train import train
from seq2seq_cli.cli.translate import translate

app = typer.Typer(
    cls=ErrorReporting,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(epilog="In an empty folder, in this order: prepare-data, train, evaluate, translate.")
def s2s(version: version_option = False) -> None:
    """Recurrent sequence-to-sequence models that you can see through."""


app.command("prepare-data")(prepare_data)
app.command("train")(train)
app.command("evaluate")(evaluate)
app.command("translate")(translate)
app.add_typer(inspect, name="inspect")


def main() -> None:
    """Run the command line; the console script `s2s`."""
    # A stream that was closed (`s2s ... >&-`) is as good as nothing: write there, read nothing.
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # files and pipes hold UTF-8, whatever the system's habit
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    with reporting_unwritable_output():
        app(prog_name="s2s")
