"""s2s translate: text in, text out."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli.options import (
    beam_option,
    checkpoint_option,
    config_option,
    device_option,
    set_option,
)
from seq2seq_cli.cli.starting import starting


class Format(str, Enum):
    """How lines are read, and translations written."""

    text = "text"
    jsonl = "jsonl"


def translate(
    text: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT]...", help="Sentences; if left out, standard input, or a prompt on a terminal."
        ),
    ] = None,
    run: Annotated[
        list[str] | None,
        typer.Option(
            "--run",
            "-r",
            metavar="RUN",
            help="A name under runs/ or a path; default: the latest trained run. Several translate together.",
        ),
    ] = None,
    checkpoint: checkpoint_option = "best",
    config: config_option = None,
    set_: set_option = None,
    input_: Annotated[
        Path | None,
        typer.Option("--input", "-i", metavar="FILE", help="Read sentences from a file, line by line."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to a file, whole or not at all."),
    ] = None,
    beam: beam_option = None,
    n_best: Annotated[
        int, typer.Option("--n-best", min=1, metavar="N", help="The N best of each line, tab-separated.")
    ] = 1,
    prefix: Annotated[
        str, typer.Option("--prefix", metavar="TEXT", help="What every output must begin with.")
    ] = "",
    format_: Annotated[
        Format,
        typer.Option("--format", help="text: a line a line; jsonl: with scores, a JSON object a line."),
    ] = Format.text,
    input_format: Annotated[
        Format,
        typer.Option(
            "--input-format",
            help='text: a line is a sentence; jsonl: a JSON string, or {"source": ..., "prefix": ...}.',
        ),
    ] = Format.text,
    alignment: Annotated[
        bool, typer.Option("--alignment", help="With --format jsonl: where attention lay, token by token.")
    ] = False,
    device: device_option = "auto",
) -> None:
    """Translate sentences: N lines in, N lines out, in order.

    \b
    s2s translate "i m glad" "we re anxious"
    s2s translate                                      # a prompt; Ctrl-D ends
    echo "i m glad" | s2s translate | cat
    s2s translate --input lines.txt --output out.txt --beam 5
    s2s translate --n-best 3 --format jsonl --alignment "i m glad" | jq '.outputs[].text'
    s2s translate --run bi --run gnmt --checkpoint average --prefix "je suis" "i m glad"
    """
    with starting():
        from seq2seq_cli.allocation import prepare_heap
        from seq2seq_cli.build.experiment import SEARCH
        from seq2seq_cli.build.remarks import search_remarks
        from seq2seq_cli.cli import console, reading, writing
        from seq2seq_cli.cli.options import decoding_overrides
        from seq2seq_cli.cli.reports import Reports
        from seq2seq_cli.config import load_config
        from seq2seq_cli.runs import Store
        from seq2seq_cli.translation import Translator

        if text and input_:
            raise typer.BadParameter("give either TEXT or --input, not both")
        if beam and beam < n_best:
            raise typer.BadParameter("a --beam narrower than --n-best cannot hold so many")
        if alignment and format_ is not Format.jsonl:
            raise typer.BadParameter("--alignment needs --format jsonl")
        prepare_heap()
        store = Store()
        runs = [store.find(name) for name in run] if run else [store.find()]
        wanted = load_config(config, [*(set_ or ()), *decoding_overrides(beam)])
        settled = runs[0].with_decoding(wanted)
        console.remark(search_remarks(settled, SEARCH))
        listed = n_best > 1 and format_ is Format.text and not output and reading.converses(text, input_)
        form = writing.FORMS["list" if listed else format_.value]
        translator = Translator.of(
            *(runs, settled, device, n_best, checkpoint),
            attention=alignment,
            probabilities=form.shows_probabilities,
        )
    with (
        Reports() as reports,
        reading.requests(text, input_, reading.INPUTS[input_format.value], prefix, reports) as asked,
        writing.opened(output) as file,
    ):
        writing.write_answers(asked, translator, form, reports, file)
