"""From a run and sentence pairs to the outcome."""

from seq2seq_cli.build.choices import choose
from seq2seq_cli.build.experiment import build_search, find_device
from seq2seq_cli.build.precision import PRECISIONS
from seq2seq_cli.config import Config
from seq2seq_cli.corpus.dataset import Part
from seq2seq_cli.corpus.lists import Lists
from seq2seq_cli.evaluation.outcome import Outcome
from seq2seq_cli.evaluation.pairs import GivenPairs
from seq2seq_cli.evaluation.translated import as_translated
from seq2seq_cli.runs import Run
from seq2seq_cli.scoring import Scorer
from seq2seq_cli.translation.translator import check_attention


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
        S2SError: the run cannot be loaded, or lacks the attention that `decoding.replace_unknown` needs.
    """
    decoding, where = config.decoding, find_device(device)
    if decoding.replace_unknown:
        check_attention([run], "decoding.replace_unknown")
    scorer = Scorer(
        run.load_model(checkpoint, where),
        build_search(decoding),
        pairs,
        run.target_vocabulary,
        run.target_pipeline,
        where,
        choose(PRECISIONS, decoding.precision, "decoding.precision")(where),
        attention=decoding.replace_unknown,
    )
    source, target = map(Lists.of_arrow, pairs.ids(range(len(pairs.chunk_rows))))
    texts = list(pairs.texts())
    return Outcome(
        run.name,
        checkpoint,
        run.step_of(checkpoint),
        pairs.name,
        texts,
        source,
        target,
        run.target_vocabulary,
        as_translated(scorer.score(free_running), run, [source for source, _ in texts]),
    )
