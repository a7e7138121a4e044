"""s2s inspect runs: every run on one line."""

from typing import Annotated

import typer

from seq2seq_cli.cli.options import json_option


def runs(
    sort: Annotated[
        str,
        typer.Option(
            "--sort",
            metavar="BY",
            help="changed (the latest first), name, steps, bleu or loss (the best first).",
        ),
    ] = "changed",
    json: json_option = False,
) -> None:
    """All runs: what they are, their state, their best scores.

    \b
    s2s inspect runs
    s2s inspect runs --sort bleu
    s2s inspect runs --json
    """
    from seq2seq_cli.cli import console, runs_view
    from seq2seq_cli.inspection.runs import summarise_all
    from seq2seq_cli.runs import Store

    summaries = summarise_all(Store(), sort)
    console.print_json(summaries) if json else runs_view.runs(summaries)
