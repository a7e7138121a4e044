"""s2s inspect data: a data set in numbers."""

from typing import Annotated

import typer

from seq2seq_cli.cli.options import config_option, json_option, set_option

folder_argument = Annotated[
    str | None,
    typer.Argument(metavar="[DIR]", help="A folder of prepared data; default: where the config puts them."),
]


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
