"""s2s prepare-data: from a source to a data set."""

from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli.interrupt import ending_like_ctrl_c
from seq2seq_cli.cli.options import config_option, json_option, set_option


def prepare_data(
    source: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="sample; a file or folder of pairs (TSV, CSV, JSON lines, Parquet, Arrow; .gz .bz2 .xz .zst "
            ".zip); two aligned files; - (standard input); a known corpus: tatoeba:eng-fra, multi30k:de-en.",
        ),
    ] = None,
    config: config_option = None,
    set_: set_option = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="F", help="tsv, csv, jsonl, parquet, arrow or lines; recognised if left out."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to put it; default: data/ and the source's name."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a data set that stands there.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at a line that is no pair, instead of passing over it.")
    ] = False,
    json: json_option = False,
) -> None:
    """Make a data set: filter sentence pairs, split them, index words.

    \b
    s2s prepare-data
    s2s prepare-data fra-eng.zip --config tatoeba.yaml
    s2s prepare-data train.de.gz train.en.gz --set data.max_length=50 --out data/mine
    cat pairs.jsonl | s2s prepare-data - --set "data.split=[rest, 1000, 1000]"
    """
    from seq2seq_cli.build.data import prepare_data as prepare
    from seq2seq_cli.cli import console, preparing
    from seq2seq_cli.config import data_folder, load_config

    if source and len(source) > 2:
        raise typer.BadParameter("give one SOURCE, or two aligned files")
    given = {
        "source": (source[0] if len(source) == 1 else tuple(source)) if source else None,
        "format": format_,
    }
    data = load_config(config, set_ or ()).data
    data = data.model_copy(update={key: value for key, value in given.items() if value is not None})
    with ending_like_ctrl_c(), preparing.PreparationDisplay() as display:
        prepared = display.follow(prepare(data, out or data_folder(data), strict=strict, replace=force))
    if json:
        console.print_json({"folder": str(prepared.folder), **prepared.metadata, **prepared.report.remarks})
    else:
        preparing.report(prepared)
