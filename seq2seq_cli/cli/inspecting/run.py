"""s2s inspect run: one run's course."""

from seq2seq_cli.cli.options import json_option, run_argument


def run(run: run_argument = None, json: json_option = False) -> None:
    """One run: curves, validations, samples, checkpoints, settings.

    \b
    s2s inspect run
    s2s inspect run bi --json
    """
    from seq2seq_cli.cli import console, runs_view
    from seq2seq_cli.inspection.history import history
    from seq2seq_cli.runs import Store

    course = history(Store().find(run))
    console.print_json(course) if json else runs_view.run(course)
