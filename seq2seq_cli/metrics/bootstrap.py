"""Do two systems differ by more than chance? Paired bootstrap resampling (Koehn 2004)."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from seq2seq_cli.metrics.statistics import Numbers, Statistics

RESAMPLES = 1000
SEED = 12345
"""What sacreBLEU draws with, too."""

_AT_ONCE = 1 << 22  # sentences drawn at a time, all resamples together
CLEAR = 0.0025
"""The usual 0.05 is too much here: resamples know the chance in the choice of sentences, not that in a seed
of training or of several scores. Søgaard et al. (2014) find that it takes this to be wrong in 5% of cases."""

_FEWEST = 10
"""Of fewer sentences nothing is clear: resamples of one that is better are all better, and even where all n
speak for the same system, chance makes them do so once in 2^(n - 1)."""


@dataclass(frozen=True)
class Difference:
    """What of a score's difference is chance, the sentences being the ones that chance has brought.

    Attributes:
        first: the score of the first system.
        second: the score of the second one.
        difference: first - second.
        low: 95% of the resamples have a difference from here ...
        high: ... to here.
        p_value: sacreBLEU's: how often chance alone would bring so much, were both equally good; NaN where a
            score is no number, as of a model that has exploded.
        first_higher: the share of resamples in which the first has the higher score.
        clear: whether p is so small that one may believe it, less than 0.0025, and of 10 sentences or more.
        resamples: how many there were.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    p_value: float
    first_higher: float
    clear: bool
    resamples: int


def paired_bootstrap(
    pairs: Mapping[str, tuple[Statistics, Statistics]], resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Difference]:
    """Compare two systems by each of some scores.

    A resample is as many sentences as there are, drawn with replacement: the same ones for both systems and
    for all scores. With d the difference of the whole and d* that of a resample,

        p = (1 + the number of resamples with |d*| - mean |d*| > |d|) / (1 + resamples)

    as in sacreBLEU's PairedTest, whose draws these are for the same seed. Where d and all d* are 0, as of a
    system and itself, p is 1; there it is 1 / (1 + resamples).

    Args:
        pairs: the statistics of both systems by the name of the score, of the same sentences.
        resamples: how many to draw.
        seed: decides what is drawn.
    """
    drawn: dict[str, list[Numbers]] = {name: [] for name in pairs}
    sentences = len(next(iter(pairs.values()))[0].counts)
    with np.errstate(invalid="ignore"):  # no times infinity is no number: then p is none, either
        for times in _draws(sentences, resamples, seed):
            for name, both in pairs.items():
                drawn[name].append(np.stack([system.formula(times @ system.counts) for system in both]))
        return {
            name: _difference(first.score(), second.score(), np.concatenate(drawn[name], axis=1), sentences)
            for name, (first, second) in pairs.items()
        }


def _draws(sentences: int, resamples: int, seed: int) -> Iterator[Numbers]:
    """Yield how many times each sentence is in each resample, (some resamples, sentences)."""
    generator = np.random.default_rng(seed)
    rows = max(1, _AT_ONCE // sentences)
    for start in range(0, resamples, rows):
        some = min(rows, resamples - start)
        drawn = generator.choice(sentences, size=(some, sentences), replace=True)
        places = drawn + sentences * np.arange(some)[:, None]
        times = np.bincount(places.ravel(), minlength=some * sentences)
        yield times.reshape(some, sentences).astype(np.float64)


def _difference(first: float, second: float, scores: Numbers, sentences: int) -> Difference:
    """Compare two systems by their scores on the resamples, (2, resamples), of so many sentences."""
    differences = scores[0] - scores[1]
    real, resamples = first - second, len(differences)
    beyond = np.abs(differences) - np.abs(differences).mean() > abs(real)
    p_value = (int(beyond.sum()) + 1) / (resamples + 1) if differences.any() else 1.0
    if not np.isfinite(differences).all():
        p_value = math.nan
    ordered, tail = np.sort(differences), resamples // 40
    low, high = float(ordered[tail]), float(ordered[resamples - tail - 1])
    return Difference(
        first,
        second,
        real,
        low,
        high,
        p_value,
        first_higher=float((differences > 0).mean()),
        clear=p_value < CLEAR and sentences >= _FEWEST,
        resamples=resamples,
    )
