"""s2s inspect vocab: the words of a run or data set."""

from typing import Annotated

import typer

from seq2seq_cli.cli.options import data_option, json_option, run_argument


def vocab(
    run: run_argument = None,
    data: data_option = None,
    most: Annotated[int, typer.Option("--most", min=0, metavar="N", help="How many words to list.")] = 20,
    json: json_option = False,
) -> None:
    """The words of a run or data set: index, word, count.

    \b
    s2s inspect vocab
    s2s inspect vocab --data data/sample --most 50
    """
    from seq2seq_cli.cli import console, views
    from seq2seq_cli.corpus.dataset import Dataset
    from seq2seq_cli.inspection.words import summarise_vocabulary
    from seq2seq_cli.runs import Store

    if run and data:
        raise typer.BadParameter("give either RUN or --data")
    owner = Dataset(data) if data else Store().find(run)
    sides = {"source": owner.source_vocabulary, "target": owner.target_vocabulary}
    summaries = [summarise_vocabulary(words, side, most) for side, words in sides.items()]
    console.print_json(summaries) if json else views.vocabularies(summaries)
