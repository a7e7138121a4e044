"""What a run makes of sentence pairs, and what that scores."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from seq2seq_cli import metrics
from seq2seq_cli.corpus.lists import Lists
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.metrics import Statistics
from seq2seq_cli.scoring import PartScores


@dataclass(frozen=True)
class Outcome:
    """A run's outputs for sentence pairs, beside what they should be; all numbers come from here.

    Attributes:
        run: its name.
        checkpoint: as it was asked for: best, average:5, ...
        step: of the checkpoint; of an average, its latest.
        part: what was scored, a part of the data or a file.
        pairs: sources and targets as text.
        source: the same in token indices, each sentence with <eos>.
        target: the targets.
        vocabulary: the target's; its counts are those of the training part.
        scores: what the model made of them.
    """

    run: str
    checkpoint: str
    step: int
    part: str
    pairs: list[tuple[str, str]]
    source: Lists
    target: Lists
    vocabulary: Vocabulary
    scores: PartScores

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.pairs)

    def statistics(self, score: str) -> Statistics:
        """Return what a score counts of each sentence; what has been counted once is kept."""
        if score not in self._counted:
            self._counted[score] = SCORES[score](self)
        return self._counted[score]

    @cached_property
    def _counted(self) -> dict[str, Statistics]:
        return {}

    @property
    def own_references(self) -> list[list[str]]:
        """The reference of each pair, without others of the same source."""
        return [right[:1] for right in self.scores.references]

    @cached_property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether each output is a reference of its source, (pairs,)."""
        right: npt.NDArray[np.bool_] = self.statistics("exact_match").sentences() > 0
        return right


def _bleu_any(outcome: Outcome) -> Statistics:
    """Count anew what has several references; the rest is as for BLEU against a pair's own."""
    own, outputs, references = outcome.statistics("bleu"), outcome.scores.outputs, outcome.scores.references
    numbers = np.array([len(right) for right in references])
    if numbers.max() == 1:
        return own
    rows = np.union1d(np.flatnonzero(numbers > 1), numbers.argmin())  # the signature tells if numbers differ
    anew = metrics.count_bleu([outputs[i] for i in rows], [references[i] for i in rows])
    counts = own.counts.copy()
    counts[rows] = anew.counts
    return replace(anew, counts=counts)


def _of_words(
    metric: Callable[[npt.ArrayLike, npt.ArrayLike], Statistics],
) -> Callable[[Outcome], Statistics]:
    return lambda outcome: metric(outcome.scores.words.sentence_nats, outcome.scores.words.lengths)


SCORES: dict[str, Callable[[Outcome], Statistics]] = {
    "loss": _of_words(metrics.count_loss),
    "perplexity": _of_words(metrics.count_perplexity),
    "token_accuracy": lambda outcome: metrics.count_accuracy(
        outcome.scores.words.sentence_right, outcome.scores.words.lengths
    ),
    "bleu": lambda outcome: metrics.count_bleu(outcome.scores.outputs, outcome.own_references),
    "bleu_any": _bleu_any,
    "chrf": lambda outcome: metrics.count_chrf(outcome.scores.outputs, outcome.own_references),
    "ter": lambda outcome: metrics.count_ter(outcome.scores.outputs, outcome.own_references),
    "exact_match": lambda outcome: metrics.count_exact_match(
        outcome.scores.outputs, outcome.scores.references
    ),
}
"""What outputs are scored by."""
