"""s2s inspect keep: runs that nobody may remove."""

from typing import Annotated

import typer

from seq2seq_cli.cli.options import json_option, runs_argument


def keep(
    runs: runs_argument,
    off: Annotated[bool, typer.Option("--off", help="Let them be removed again.")] = False,
    json: json_option = False,
) -> None:
    """Keep runs: `s2s inspect remove` leaves them alone.

    \b
    s2s inspect keep bi
    s2s inspect keep --off bi
    """
    from seq2seq_cli.cli import console
    from seq2seq_cli.runs import Store
    from seq2seq_cli.runs.keeping import keep as mark

    chosen = [Store().find(run) for run in runs]
    for run in chosen:
        mark(run, not off)
    if json:
        console.print_json([{"run": run.name, "kept": not off} for run in chosen])
    else:
        for run in chosen:
            console.say(f"{run.path} {'may be removed' if off else 'is kept'}")
