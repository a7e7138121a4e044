"""s2s inspect compare: runs beside each other."""

import typer

from seq2seq_cli.cli.options import json_option, runs_argument


def compare(runs: runs_argument, json: json_option = False) -> None:
    """Runs beside each other: settings, scores, speed, curves.

    \b
    s2s inspect compare uni bi
    s2s inspect compare uni bi deep --json
    """
    from seq2seq_cli.cli import console, runs_view
    from seq2seq_cli.inspection.compare import compare as compared
    from seq2seq_cli.runs import Store

    if len(runs) < 2:
        raise typer.BadParameter("name two runs or more")
    comparison = compared([Store().find(run) for run in runs])
    console.print_json(comparison) if json else runs_view.comparison(comparison)
