"""s2s inspect: look at runs, configs, data, vocabularies and models."""

from typing import Annotated

import typer

from seq2seq_cli.cli.options import config_option, data_option, json_option, run_argument, set_option

inspect = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Look at runs, configs, data and models."
)

folder_argument = Annotated[
    str | None,
    typer.Argument(metavar="[DIR]", help="A folder of prepared data; default: where the config puts them."),
]


@inspect.command()
def runs(json: json_option = False) -> None:
    """All runs: their state and their best scores.

    \b
    s2s inspect runs
    s2s inspect runs --json
    """
    from seq2seq_cli.cli import console, views
    from seq2seq_cli.inspection.history import summarise_all
    from seq2seq_cli.runs import Store

    summaries = summarise_all(Store())
    console.print_json(summaries) if json else views.runs(summaries)


@inspect.command()
def run(run: run_argument = None, json: json_option = False) -> None:
    """One run: its validations and the curves of its losses.

    \b
    s2s inspect run
    s2s inspect run bi --json
    """
    from seq2seq_cli.cli import console, views
    from seq2seq_cli.inspection.history import history
    from seq2seq_cli.runs import Store

    course = history(Store().find(run))
    console.print_json(course) if json else views.run(course)


@inspect.command()
def config(
    run: run_argument = None,
    config: config_option = None,
    set_: set_option = None,
    json: json_option = False,
) -> None:
    """Every key of a config: its value, what it means.

    The config of a run, or else that of --config and --set.

    \b
    s2s inspect config bi
    s2s inspect config --config tatoeba.yaml --set model.dropout=0.5
    """
    from seq2seq_cli.cli import console, views
    from seq2seq_cli.config import describe, load_config
    from seq2seq_cli.runs import Store

    if run and (config or set_):
        raise typer.BadParameter("give either RUN, or --config and --set")
    settled = Store().find(run).config if run else load_config(config, set_ or ())
    console.print_json(settled.model_dump()) if json else views.config(describe(settled))


@inspect.command()
def data(
    folder: folder_argument = None,
    config: config_option = None,
    set_: set_option = None,
    json: json_option = False,
) -> None:
    """A data set: sizes, lengths, unknown words, leaks.

    \b
    s2s inspect data
    s2s inspect data data/fra-eng-reversed --json
    """
    from pathlib import Path

    from seq2seq_cli.cli import console, data_view
    from seq2seq_cli.config import data_folder, load_config
    from seq2seq_cli.corpus.dataset import Dataset
    from seq2seq_cli.inspection.data import summarise_data

    if folder and (config or set_):
        raise typer.BadParameter("give either DIR, or --config and --set")
    where = Path(folder) if folder else data_folder(load_config(config, set_ or ()).data)
    summary = summarise_data(Dataset(where))
    console.print_json(summary) if json else data_view.data(summary)


@inspect.command()
def vocab(
    run: run_argument = None,
    data: data_option = None,
    most: Annotated[int, typer.Option("--most", min=0, metavar="N", help="How many words to list.")] = 20,
    json: json_option = False,
) -> None:
    """The words of a run or data set: index, word, count.

    \b
    s2s inspect vocab
    s2s inspect vocab --data data/sample --most 50
    """
    from seq2seq_cli.cli import console, views
    from seq2seq_cli.corpus.dataset import Dataset
    from seq2seq_cli.inspection.words import summarise_vocabulary
    from seq2seq_cli.runs import Store

    if run and data:
        raise typer.BadParameter("give either RUN or --data")
    owner = Dataset(data) if data else Store().find(run)
    sides = {"source": owner.source_vocabulary, "target": owner.target_vocabulary}
    summaries = [summarise_vocabulary(words, side, most) for side, words in sides.items()]
    console.print_json(summaries) if json else views.vocabularies(summaries)


@inspect.command()
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
