"""s2s inspect attention: where a model looks at each word that it writes."""

from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli.options import checkpoint_option, json_option, run_option


def attention(
    text: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help="Sentences; left out: the best and worst of a part."),
    ] = None,
    run: run_option = None,
    checkpoint: checkpoint_option = "best",
    split: Annotated[
        str, typer.Option("--split", metavar="PART", help="Without TEXT: of train, valid or test.")
    ] = "valid",
    best: Annotated[
        int, typer.Option("--best", min=0, metavar="N", help="Without TEXT: how many of the best.")
    ] = 2,
    worst: Annotated[
        int, typer.Option("--worst", min=0, metavar="N", help="Without TEXT: how many of the worst.")
    ] = 2,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="FILE", help="Draw it; needs seq2seq-cli[plot].")
    ] = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Draw it; needs seq2seq-cli[plot].")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page.")] = None,
    json: json_option = False,
) -> None:
    """Where a model looks at each word that it writes.

    Of sentences, or else of those that it translates best and worst, by the chrF of each.

    \b
    s2s inspect attention "i m glad" --run look
    s2s inspect attention --run look --split test --best 3 --worst 3
    s2s inspect attention "i m glad" --run look --svg look.svg --html look.html
    """
    from seq2seq_cli.cli import console
    from seq2seq_cli.cli.inspecting import attention_view, pictures
    from seq2seq_cli.cli.inspecting.pages import write_page
    from seq2seq_cli.inspection.attention import align, align_extremes
    from seq2seq_cli.runs import Store

    if not (text or best or worst):
        raise typer.BadParameter("give TEXT, or --best or --worst more than 0")
    pictures.check(png or svg)
    chosen = Store().find(run)
    if text:
        found = align(chosen, text, checkpoint)
    else:
        found = align_extremes(chosen, split, best, worst, checkpoint)
    for path, format_ in ((png, "png"), (svg, "svg")):
        if path:
            pictures.save(path, format_, pictures.alignments(found))
    if html:
        write_page(html, "attention", f"Where the run {found.run} looks", found)
    written = [path for path in (png, svg, html) if path]
    if json:
        console.print_json(found)
    elif written:
        console.say("\n".join(map(str, written)))
    else:
        attention_view.show(found, console.columns())
