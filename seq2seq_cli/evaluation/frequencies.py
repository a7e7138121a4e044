"""Which words come out right: by how often training saw them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from seq2seq_cli.corpus.lists import Lists
from seq2seq_cli.evaluation.outcome import Outcome
from seq2seq_cli.evaluation.summary import FrequencyBin
from seq2seq_cli.symbols import EOS, UNK

BOUNDS = (0, 1, 2, 3, 4, 5, 10, 100, 1000)
"""Where bins begin; those of compare-mt (Neubig et al. 2019), and one of words that are unknown."""

Numbers = npt.NDArray[np.int64]


def by_frequency(outcome: Outcome, bounds: Sequence[int] = BOUNDS) -> tuple[FrequencyBin, ...]:
    """Return how many words of each bin outputs and references share, as compare-mt does.

    A word of a reference is matched by one of its sentence's output, wherever it stands there, and by each
    only once. A word that the vocabulary lacks was seen 0 times, and nothing matches it. <eos> does not
    count; where tokens are parts of words, they are what is counted.
    """
    counts = outcome.vocabulary.counts.copy()
    counts[:UNK] = -1  # these are no words
    target, output = outcome.target, Lists.of([found.tokens for found in outcome.scores.hypotheses])
    bag, said = _bag(target, len(counts)), _bag(output, len(counts))
    keys, mine, other = np.intersect1d(bag[0], said[0], assume_unique=True, return_indices=True)
    shared = np.where(keys % len(counts) == UNK, 0, np.minimum(bag[1][mine], said[1][other]))
    nats = outcome.scores.words.nats
    bins = []
    for first, after in zip(bounds, (*bounds[1:], None), strict=True):
        chosen = (counts >= first) & (after is None or counts < after)
        reference, outputs = (int(chosen[side.values].sum()) for side in (target, output))
        if not reference + outputs:
            continue
        matched = int(shared[chosen[keys % len(counts)]].sum())
        bins.append(
            FrequencyBin(
                first,
                None if after is None else after - 1,
                reference,
                outputs,
                matched,
                recall=100 * matched / max(reference, 1),
                precision=100 * matched / max(outputs, 1),
                f1=200 * matched / (reference + outputs),
                loss=float(nats[chosen[target.values]].mean(dtype=np.float64)) if reference else None,
            )
        )
    return tuple(bins)


def _bag(sentences: Lists, vocabulary: int) -> tuple[Numbers, Numbers]:
    """Return the words of each sentence, as sentence * vocabulary + word, and how often each is there."""
    of = np.repeat(np.arange(len(sentences)), sentences.lengths)
    keys, times = np.unique((of * vocabulary + sentences.values)[sentences.values != EOS], return_counts=True)
    return keys, times
