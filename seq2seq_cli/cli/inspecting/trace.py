"""s2s inspect trace: a sentence's way through a model, every number of it."""

from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli.options import checkpoint_option, json_option, run_option


def trace(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A sentence of the source language.")],
    run: run_option = None,
    checkpoint: checkpoint_option = "best",
    forced: Annotated[
        str | None,
        typer.Option("--forced", metavar="TEXT", help="Go along this target, not the likeliest words."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page to walk on, by keyboard and mouse."),
    ] = None,
    json: json_option = False,
) -> None:
    """Follow a sentence through encoder, bridge and decoder.

    Word by word: embedding, gates, states, what the bridge hands over, attention, the likeliest next words.
    On a terminal, keys lead from step to step.

    \b
    s2s inspect trace "i m glad"
    s2s inspect trace "i m glad" --html trace.html
    s2s inspect trace "i m glad" --forced "je suis contente" --json
    """
    from seq2seq_cli.cli import console
    from seq2seq_cli.cli.inspecting import pager, trace_view
    from seq2seq_cli.cli.inspecting.pages import write_page
    from seq2seq_cli.inspection.trace import trace as follow
    from seq2seq_cli.runs import Store

    followed = follow(Store().find(run), text, forced, checkpoint)
    if html:
        write_page(html, "trace", f"{text} → {followed.output}", followed)
    if json:
        console.print_json(followed)
    elif html:
        console.say(str(html))
    else:
        pager.show(trace_view.screens(followed, console.columns()))
