"""s2s inspect compare: runs beside each other."""

from typing import Annotated

import typer

from seq2seq_cli.cli.options import json_option, runs_argument


def compare(
    runs: runs_argument,
    split: Annotated[
        str | None,
        typer.Option("--split", metavar="PART", help="Also score them, on train, valid or test."),
    ] = None,
    json: json_option = False,
) -> None:
    """Runs beside each other: settings, scores, speed, curves.

    With --split, paired bootstrap tells which differences between the first and each other are chance.

    \b
    s2s inspect compare uni bi
    s2s inspect compare uni bi --split test
    s2s inspect compare uni bi deep --json
    """
    from seq2seq_cli.cli import console, runs_view
    from seq2seq_cli.inspection.compare import compare as compared
    from seq2seq_cli.runs import Store

    if len(runs) < 2:
        raise typer.BadParameter("name two runs or more")
    comparison = compared([Store().find(run) for run in runs], split)
    console.print_json(comparison) if json else runs_view.comparison(comparison)
