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
    run_option,
    set_option,
)


class Format(str, Enum):
    """How translations are written."""

    text = "text"
    jsonl = "jsonl"


def translate(
    text: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT]...", help="Sentences; standard input if left out.")
    ] = None,
    run: run_option = None,
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
    format_: Annotated[
        Format,
        typer.Option("--format", help="text: a line a line; jsonl: with scores, a JSON object a line."),
    ] = Format.text,
    device: device_option = "auto",
) -> None:
    """Translate sentences: N lines in, N lines out, in order.

    \b
    s2s translate "i m glad" "we re anxious"
    echo "i m glad" | s2s translate | cat
    s2s translate --input lines.txt --output out.jsonl --beam 5 --n-best 3 --format jsonl
    """
    from seq2seq_cli.build.experiment import SEARCH
    from seq2seq_cli.build.remarks import search_remarks
    from seq2seq_cli.cli import console, writing
    from seq2seq_cli.cli.options import decoding_overrides
    from seq2seq_cli.config import load_config
    from seq2seq_cli.runs import Store
    from seq2seq_cli.translation import Translator

    if text and input_:
        raise typer.BadParameter("give either TEXT or --input, not both")
    if beam and beam < n_best:
        raise typer.BadParameter("a --beam narrower than --n-best cannot hold so many")
    chosen = Store().find(run)
    wanted = load_config(config, [*(set_ or ()), *decoding_overrides(beam)])
    settled = chosen.with_decoding(wanted)
    console.remark(search_remarks(settled, SEARCH))
    translator = Translator.of(chosen, settled, device, outputs=n_best, checkpoint=checkpoint)
    form = writing.FORMS[format_.value]
    with writing.blocks_of(text, input_) as blocks, writing.opened(output) as file:
        for block in blocks:
            file.writelines(
                form(translation, n_best) + "\n" for translation in translator.translations(block)
            )
            file.flush()
