"""s2s inspect remove: runs that are not wanted any more."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from seq2seq_cli.cli.options import json_option, runs_argument

if TYPE_CHECKING:
    from seq2seq_cli.inspection.runs import RunSummary


def remove(
    runs: runs_argument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: json_option = False,
) -> None:
    """Remove runs with all their checkpoints, after asking.

    Those that are kept (`s2s inspect keep`) or being trained stay; then nothing is removed.

    \b
    s2s inspect remove short warm
    s2s inspect remove short --yes
    """
    from seq2seq_cli.cli import console
    from seq2seq_cli.inspection.runs import summarise
    from seq2seq_cli.runs import Store
    from seq2seq_cli.runs.keeping import check_removable
    from seq2seq_cli.runs.keeping import remove as take_away

    chosen = list({run.path.resolve(): run for run in map(Store().find, runs)}.values())
    for run in chosen:
        check_removable(run)
    summaries = [summarise(run) for run in chosen]
    if not (yes or _agreed(summaries)):
        console.note("Nothing was removed.")
        raise typer.Exit(1)
    for run, summary in zip(chosen, summaries, strict=True):
        take_away(run)
        if not json:
            console.say(f"{run.path} removed, {summary.megabytes:,.1f} MB")
    if json:
        console.print_json([{"run": s.name, "megabytes": s.megabytes} for s in summaries])


def _agreed(summaries: "list[RunSummary]") -> bool:
    """Show what would go, and ask.

    Raises:
        RunError: nobody is there to be asked.
    """
    from seq2seq_cli.cli import console
    from seq2seq_cli.errors import RunError

    if not sys.stdin.isatty():
        raise RunError("Nothing is removed without asking, and nobody is there to be asked.", "Give --yes.")
    for summary in summaries:
        bleu = "" if summary.bleu_any is None else f", BLEU {summary.bleu_any:.1f}"
        console.note(f"{summary.name}: {summary.state}{bleu}, {summary.megabytes:,.1f} MB")
    typer.echo(f"Remove {'it' if len(summaries) == 1 else 'them'}? [y/N] ", nl=False, err=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
