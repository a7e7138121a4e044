"""Options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli import __version__

config_option = Annotated[
    str | None,
    typer.Option("--config", "-c", metavar="FILE", help="A YAML file, or the name of a preset (bi.yaml)."),
]
set_option = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Set a key of the config, e.g. training.epochs=3; repeatable."
    ),
]
run_argument = Annotated[
    str | None,
    typer.Argument(metavar="[RUN]", help="A name under runs/ or a path; the latest trained run if left out."),
]
runs_argument = Annotated[list[str], typer.Argument(metavar="RUN...", help="Names under runs/, or paths.")]
run_option = Annotated[
    str | None,
    typer.Option(
        "--run", "-r", metavar="RUN", help="A name under runs/ or a path; default: the latest trained run."
    ),
]
data_option = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="A folder of prepared data; default: where the config puts them."
    ),
]
device_option = Annotated[
    str, typer.Option("--device", metavar="D", help="cpu, cuda, mps, or auto: the fastest one here.")
]
checkpoint_option = Annotated[
    str,
    typer.Option(
        "--checkpoint",
        metavar="NAME",
        help="best, last, a step (1200), average (of all that were kept) or average:N (of the latest N).",
    ),
]
beam_option = Annotated[
    int | None, typer.Option("--beam", min=1, metavar="N", help="Search with a beam of this width.")
]
json_option = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"s2s {__version__}")
        raise typer.Exit


version_option = Annotated[
    bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
]


def decoding_overrides(beam: int | None) -> list[str]:
    """Return what --beam means as --set options."""
    return ["decoding.search=beam", f"decoding.beam_size={beam}"] if beam else []
