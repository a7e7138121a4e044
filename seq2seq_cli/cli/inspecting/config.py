"""s2s inspect config: every key, its value, where it comes from, what it means."""

from typing import Annotated

import typer

from seq2seq_cli.cli.options import config_option, json_option, run_argument, set_option


def config(
    run: run_argument = None,
    config: config_option = None,
    set_: set_option = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of configs instead, for editors.")
    ] = False,
    json: json_option = False,
) -> None:
    """Every key of a config: its value, its origin, what it means.

    The config of a run, or else that of --config and --set.

    \b
    s2s inspect config bi
    s2s inspect config --config tatoeba.yaml --set model.dropout=0.5
    s2s inspect config --schema > schema.json
    """
    from seq2seq_cli.cli import config_view, console
    from seq2seq_cli.config import describe, json_schema, load_with_origins

    if run and (config or set_):
        raise typer.BadParameter("give either RUN, or --config and --set")
    if schema and (run or config or set_):
        raise typer.BadParameter("--schema is the same for every config: give it alone")
    if schema:
        from seq2seq_cli.build.names import names_by_key

        console.print_json(json_schema(names_by_key()))
        return
    if run:
        from seq2seq_cli.runs import Store

        found = Store().find(run)
        keys = describe(found.config, found.origins())
    else:
        keys = describe(*load_with_origins(config, set_ or ()))
    console.print_json(keys) if json else config_view.config(keys)
