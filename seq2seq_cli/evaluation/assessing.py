"""From a run and sentence pairs to the outcome."""

from dataclasses import replace

from seq2seq_cli.build.experiment import build_search, find_device
from seq2seq_cli.config import Config
from seq2seq_cli.corpus.dataset import Part
from seq2seq_cli.corpus.lists import Lists
from seq2seq_cli.evaluation.outcome import Outcome
from seq2seq_cli.evaluation.pairs import GivenPairs
from seq2seq_cli.runs import Run
from seq2seq_cli.scoring import PartScores, Scorer


def assess(
    run: Run,
    config: Config,
    pairs: Part | GivenPairs,
    device: str = "auto",
    checkpoint: str = "best",
    *,
    free_running: bool = False,
) -> Outcome:
    """Let a run translate the sources, and ask it how likely the targets are.

    Args:
        run: what was trained.
        config: its config, with another `decoding` section perhaps.
        pairs: what to score it on.
        device: where to compute.
        checkpoint: which one of the run's, or which average; see Run.load_model.
        free_running: whether to score the targets also after the model's own words, which takes another pass.

    Raises:
        S2SError: the run cannot be loaded.
    """
    where = find_device(device)
    scorer = Scorer(
        run.load_model(checkpoint, where),
        build_search(config.decoding),
        pairs,
        run.target_vocabulary,
        run.target_pipeline,
        where,
    )
    source, target = map(Lists.of_arrow, pairs.ids(range(len(pairs.chunk_rows))))
    return Outcome(
        run.name,
        checkpoint,
        run.step_of(checkpoint),
        pairs.name,
        list(pairs.texts()),
        source,
        target,
        run.target_vocabulary,
        _blank_for_blank(scorer.score(free_running), source),
    )


def _blank_for_blank(scores: PartScores, source: Lists) -> PartScores:
    """Let what is said to a blank line be blank, as when it translates: no training has a blank line."""
    blank = source.lengths == 1  # <eos>
    if not blank.any():
        return scores
    hypotheses = [
        replace(found, tokens=(), log_probability=0.0, finished=True) if empty else found
        for found, empty in zip(scores.hypotheses, blank, strict=True)
    ]
    outputs = ["" if empty else output for output, empty in zip(scores.outputs, blank, strict=True)]
    return replace(scores, hypotheses=hypotheses, outputs=outputs)
