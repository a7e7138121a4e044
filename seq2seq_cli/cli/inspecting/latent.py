"""s2s inspect latent: what lies near a sentence, and between two."""

from typing import Annotated

import typer

from seq2seq_cli.cli.options import checkpoint_option, json_option, run_option


def latent(
    first: Annotated[str, typer.Argument(metavar="A", help="A sentence of the source language.")],
    second: Annotated[str | None, typer.Argument(metavar="[B]", help="Another, to go to.")] = None,
    run: run_option = None,
    checkpoint: checkpoint_option = "best",
    steps: Annotated[
        int, typer.Option("--steps", min=2, metavar="N", help="How many stops on the way, A and B included.")
    ] = 7,
    split: Annotated[
        str, typer.Option("--split", metavar="PART", help="Whose sentences: train, valid or test.")
    ] = "train",
    n: Annotated[int, typer.Option("--n", min=1, metavar="N", help="How many near sentences.")] = 5,
    json: json_option = False,
) -> None:
    """The sentences nearest to a sentence, and those on the way to another.

    A sentence becomes a vector, the state that its decoder begins with. Near is what points in the same
    direction; on the straight line from A to B the decoder says what it makes of each stop.

    \b
    s2s inspect latent "i m glad" --run autoencoder
    s2s inspect latent "i m glad" "we re anxious" --run autoencoder --steps 9
    """
    from seq2seq_cli.cli import console
    from seq2seq_cli.cli.inspecting import latent_view
    from seq2seq_cli.inspection.latent import latent as look
    from seq2seq_cli.runs import Store

    found = look(Store().find(run), first, second, stops=steps, part=split, n=n, checkpoint=checkpoint)
    console.print_json(found) if json else latent_view.show(found)
