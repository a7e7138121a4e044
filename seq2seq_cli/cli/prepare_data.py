"""s2s prepare-data: from a source to a data set."""

from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli.options import config_option, json_option, set_option


def prepare_data(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[SOURCE]", help="sample, or a file of lines 'sentence<tab>sentence' (or a .zip of one)."
        ),
    ] = None,
    config: config_option = None,
    set_: set_option = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to put it; default: data/ and the source's name."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a data set that stands there.")] = False,
    json: json_option = False,
) -> None:
    """Make a data set: filter sentence pairs, split them, index words.

    \b
    s2s prepare-data
    s2s prepare-data fra-eng.zip --config tatoeba.yaml
    s2s prepare-data pairs.tsv --set data.max_length=20 --out data/mine
    """
    from seq2seq_cli.build import build_pipeline
    from seq2seq_cli.build import prepare_data as prepare
    from seq2seq_cli.cli import console, views
    from seq2seq_cli.cli.progress import counted
    from seq2seq_cli.config import data_folder, load_config
    from seq2seq_cli.corpus.dataset import check_free, write_dataset
    from seq2seq_cli.corpus.sources import open_source

    data = load_config(config, set_ or ()).data
    if source:
        data = data.model_copy(update={"source": source})
    folder = out or data_folder(data)
    check_free(folder, replace=force)
    opened = open_source(data.source)
    prepared = prepare(data, counted(opened.pairs(), "Reading", "pairs"))
    settings = {**data.model_dump(mode="json"), "path": str(folder)}
    provenance = {"source": opened.name, "sha256": opened.checksum}
    dataset = write_dataset(
        folder, prepared, build_pipeline(data), settings=settings, provenance=provenance, replace=force
    )
    if json:
        console.print_json({"folder": str(folder), **dataset.metadata})
    else:
        views.preparation(dataset, prepared)
