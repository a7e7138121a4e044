"""s2s evaluate: how good is a run?"""

from typing import Annotated

import typer

from seq2seq_cli.cli.options import (
    beam_option,
    checkpoint_option,
    config_option,
    device_option,
    json_option,
    run_argument,
    set_option,
)


def evaluate(
    run: run_argument = None,
    config: config_option = None,
    set_: set_option = None,
    split: Annotated[
        str, typer.Option("--split", metavar="PART", help="Which part of the data: train, valid or test.")
    ] = "test",
    checkpoint: checkpoint_option = "best",
    beam: beam_option = None,
    samples: Annotated[
        int, typer.Option("--samples", min=0, metavar="N", help="How many outputs to show.")
    ] = 5,
    json: json_option = False,
    device: device_option = "auto",
) -> None:
    """Score a run on sentences that it has not seen.

    \b
    s2s evaluate
    s2s evaluate bi --split valid --samples 10
    s2s evaluate bi --beam 5 --json
    s2s evaluate bi --checkpoint average:5
    """
    from seq2seq_cli.build.experiment import SEARCH
    from seq2seq_cli.build.remarks import search_remarks
    from seq2seq_cli.cli import console, views
    from seq2seq_cli.cli.options import decoding_overrides
    from seq2seq_cli.config import load_config
    from seq2seq_cli.evaluation import evaluate as score
    from seq2seq_cli.runs import Store

    chosen = Store().find(run)
    settled = chosen.with_decoding(load_config(config, [*(set_ or ()), *decoding_overrides(beam)]))
    console.remark(search_remarks(settled, SEARCH))
    evaluation = score(chosen, settled, split, samples, device, checkpoint=checkpoint)
    if json:
        console.print_json(evaluation)
    else:
        views.evaluation(evaluation)
