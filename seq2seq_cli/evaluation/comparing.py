"""Two runs on the same sentences: is one better, or was it chance?"""

from dataclasses import dataclass

from seq2seq_cli.evaluation.outcome import SCORES, Outcome
from seq2seq_cli.metrics import Difference, paired_bootstrap
from seq2seq_cli.metrics.bootstrap import RESAMPLES, SEED

_OF_WORDS = ("token_accuracy", "loss", "perplexity")
"""What cannot be compared where two runs do not have the same words to choose from."""


@dataclass(frozen=True)
class Comparison:
    """A run beside another one.

    Attributes:
        first: the run's name.
        second: the other's.
        second_checkpoint: as it was asked for.
        second_step: of that checkpoint.
        differences: each score of both, by its name; without those that cannot be compared.
        verdict: what BLEU's difference means, in a sentence.
    """

    first: str
    second: str
    second_checkpoint: str
    second_step: int
    differences: dict[str, Difference]
    verdict: str


def compare_outcomes(
    first: Outcome, second: Outcome, resamples: int = RESAMPLES, seed: int = SEED
) -> Comparison:
    """Compare two outcomes for the same sentences by paired bootstrap resampling.

    It tells how much of a difference may be owed to the choice of test sentences. What another seed of
    training would change it does not know.

    Args:
        first: of a run.
        second: of another; see pairs.scored_pairs.
        resamples: how many times to draw.
        seed: decides what is drawn.
    """
    same_words = first.vocabulary.table.equals(second.vocabulary.table)
    names = [name for name in SCORES if same_words or name not in _OF_WORDS]
    pairs = {name: (first.statistics(name), second.statistics(name)) for name in names}
    differences = paired_bootstrap(pairs, resamples, seed)
    return Comparison(
        first.run,
        second.run,
        second.checkpoint,
        second.step,
        differences,
        _verdict(first, second, differences["bleu"]),
    )


def _verdict(first: Outcome, second: Outcome, bleu: Difference) -> str:
    """Say what a difference in BLEU means."""
    if first.scores.outputs == second.scores.outputs:
        return f"{first.run} and {second.run} say the same to every sentence."
    if not bleu.difference:
        return f"{first.run} and {second.run} cannot be told apart: both have {bleu.first:.1f} BLEU."
    leads = bleu.difference > 0
    better, worse = (first.run, second.run) if leads else (second.run, first.run)
    ends = (bleu.low, bleu.high) if leads else (-bleu.high, -bleu.low)
    by = f"{abs(bleu.difference):.1f} BLEU"
    evidence = "95% interval {:.1f} to {:.1f}, p = {:.3f}".format(*ends, bleu.p_value)
    if bleu.clear:
        return f"{better} is better than {worse} by {by} ({evidence}): too much to be chance."
    return (
        f"{better} and {worse} cannot be told apart for certain: {better} leads by {by} ({evidence}), but "
        "other sentences, or another seed of training, may well bring as much."
    )
