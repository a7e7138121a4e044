"""s2s evaluate: how good is a run?"""

from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli.interrupt import ending_like_ctrl_c
from seq2seq_cli.cli.options import (
    beam_option,
    checkpoint_option,
    config_option,
    device_option,
    json_option,
    run_argument,
    set_option,
)
from seq2seq_cli.cli.starting import starting


def evaluate(
    run: run_argument = None,
    config: config_option = None,
    set_: set_option = None,
    split: Annotated[
        str | None,
        typer.Option("--split", metavar="PART", help="train, valid or test; test if left out."),
    ] = None,
    input_: Annotated[
        Path | None,
        typer.Option(
            "--input", "-i", metavar="FILE", help="Score pairs of your own: source, tab, reference a line."
        ),
    ] = None,
    references: Annotated[
        Path | None,
        typer.Option("--references", metavar="FILE", help="The references, if --input has sources alone."),
    ] = None,
    checkpoint: checkpoint_option = "best",
    beam: beam_option = None,
    compare: Annotated[
        str | None,
        typer.Option("--compare", metavar="RUN", help="Score another run, too: is one better than chance?"),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples", min=0, metavar="N", help="Outputs at random; 3 without --best and --worst."
        ),
    ] = None,
    best: Annotated[int, typer.Option("--best", min=0, metavar="N", help="The best outputs.")] = 0,
    worst: Annotated[int, typer.Option("--worst", min=0, metavar="N", help="The worst outputs.")] = 0,
    details: Annotated[
        bool,
        typer.Option("--details", help="Also TER, by length and word frequency, and after its own words."),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write every sentence: a .tsv or .jsonl file."),
    ] = None,
    json: json_option = False,
    device: device_option = "auto",
) -> None:
    """Score a run on sentences that it has not seen.

    --checkpoint, --beam and --set hold for the run of --compare, too. --input takes any form that
    prepare-data takes; a line that is no pair is an error.

    \b
    s2s evaluate
    s2s evaluate bi --split valid --details --best 3 --worst 3
    s2s evaluate bi --compare bag
    s2s evaluate bi --beam 5 --output scored.jsonl --json
    s2s evaluate bi --input sources.txt --references references.txt
    """
    with starting():
        from seq2seq_cli.allocation import prepare_heap
        from seq2seq_cli.build.experiment import SEARCH
        from seq2seq_cli.build.remarks import search_remarks
        from seq2seq_cli.cli import console, evaluating
        from seq2seq_cli.cli.options import decoding_overrides
        from seq2seq_cli.config import load_config
        from seq2seq_cli.evaluation import (
            assess,
            compare_outcomes,
            scored_pairs,
            sentence_form,
            summarise,
            write_sentences,
        )
        from seq2seq_cli.runs import Store

        if input_ and split:
            raise typer.BadParameter("give either --split or --input")
        if references and not input_:
            raise typer.BadParameter("--references are those of an --input")
        if output:
            sentence_form(output)  # an error now, not when all is scored
        if samples is None:
            samples = 0 if best or worst else 3
        prepare_heap()
        runs = [Store().find(name) for name in ([run, compare] if compare else [run])]
        wanted = load_config(config, [*(set_ or ()), *decoding_overrides(beam)])
        settled = [each.with_decoding(wanted) for each in runs]
        console.remark(search_remarks(settled[0], SEARCH))
        pairs = scored_pairs(runs, split or "test", [file for file in (input_, references) if file])
    outcomes = [
        assess(each, its, scored, device, checkpoint, free_running=details and each is runs[0])
        for each, its, scored in zip(runs, settled, pairs, strict=True)
    ]
    comparison = compare_outcomes(outcomes[0], outcomes[1]) if compare else None
    evaluation = summarise(outcomes[0], samples, best, worst, details=details, comparison=comparison)
    if output:
        with ending_like_ctrl_c():
            write_sentences(outcomes[0], output)
    if json:
        console.print_json(evaluation)
    else:
        evaluating.evaluation(evaluation)
