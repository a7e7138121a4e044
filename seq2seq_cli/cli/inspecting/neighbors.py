"""s2s inspect neighbors: words as a model knows them."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli.options import checkpoint_option, json_option, run_option


class Side(str, Enum):
    """Whose words."""

    source = "source"
    target = "target"


def neighbors(
    word: Annotated[
        str | None, typer.Argument(metavar="[WORD]", help="A word; left out: the map alone.")
    ] = None,
    run: run_option = None,
    checkpoint: checkpoint_option = "best",
    side: Annotated[Side, typer.Option("--side", help="Whose word it is.")] = Side.source,
    n: Annotated[int, typer.Option("--n", min=1, metavar="N", help="How many neighbors.")] = 10,
    map_: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="Write the map: .html, or .png or .svg (needs [plot])."),
    ] = None,
    most: Annotated[
        int, typer.Option("--most", min=3, metavar="N", help="How many frequent words the map has.")
    ] = 200,
    json: json_option = False,
) -> None:
    """The words nearest to a word, and a map of the frequent ones.

    Near is what points in the same direction: the cosine between two embeddings. The map shows the two
    directions in which embeddings differ most (principal components).

    \b
    s2s inspect neighbors glad
    s2s inspect neighbors content --side target --n 5 --json
    s2s inspect neighbors
    s2s inspect neighbors glad --map words.html
    """
    from seq2seq_cli.cli import console
    from seq2seq_cli.cli.inspecting import words_view
    from seq2seq_cli.inspection.neighbors import nearest_words, word_map
    from seq2seq_cli.runs import Store

    if map_:
        words_view.check(map_)
    chosen = Store().find(run)
    near = nearest_words(chosen, word, side.value, n, checkpoint) if word is not None else None
    among = [near.word, *(other.word for other in near.neighbors)] if near else []
    drawn = None if near and not map_ else word_map(chosen, side.value, most, among, checkpoint)
    if map_ and drawn:
        words_view.write_map(map_, drawn, among)
    if json:
        console.print_json(near or drawn)
    elif map_:
        console.say(str(map_))
    elif near:
        words_view.show_neighbors(near)
    elif drawn:
        words_view.show_map(drawn, console.columns())
