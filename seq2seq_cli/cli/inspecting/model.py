"""s2s inspect model: a model's layers."""

from typing import Annotated

import typer

from seq2seq_cli.cli.options import config_option, data_option, json_option, run_argument, set_option


def model(
    run: run_argument = None,
    config: config_option = None,
    set_: set_option = None,
    data: data_option = None,
    vocabulary: Annotated[
        int | None,
        typer.Option(
            "--vocabulary", min=4, metavar="N", help="N words a side, special symbols counted; needs no data."
        ),
    ] = None,
    json: json_option = False,
) -> None:
    """A model's layers: parameters, multiply-adds, memory.

    Of a run's model, or of the one that --config and --set would train; nothing is trained.

    \b
    s2s inspect model
    s2s inspect model --config uni.yaml --data data/sample
    s2s inspect model --config tatoeba.yaml --set model.attention=additive --vocabulary 8000
    """
    from seq2seq_cli.build.experiment import ENCODER
    from seq2seq_cli.build.remarks import remarks
    from seq2seq_cli.cli import console, views
    from seq2seq_cli.config import load_config
    from seq2seq_cli.inspection.model import plan_of_config, plan_of_run, summarise_model
    from seq2seq_cli.runs import Store

    planned = bool(config or set_ or data or vocabulary)
    if run and planned:
        raise typer.BadParameter("give either RUN, or --config, --set, and --data or --vocabulary")
    if data and vocabulary:
        raise typer.BadParameter("give either --data or --vocabulary")
    if planned:
        plan = plan_of_config(load_config(config, set_ or ()), data, vocabulary)
    else:
        plan = plan_of_run(Store().find(run))
    summary = summarise_model(plan)
    console.remark(remarks(plan.config, (ENCODER,)))
    console.print_json(summary) if json else views.model(summary)
