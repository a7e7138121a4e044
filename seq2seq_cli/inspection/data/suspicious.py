"""Pairs that look wrong: of a strange length ratio, in another script, the same on both sides."""

import math
from collections.abc import Iterator

import numpy as np

from seq2seq_cli.inspection.data.scripts import HAN, KANA, NONE, SCRIPTS, ScriptNumbers
from seq2seq_cli.inspection.data.sketch import Numbered, Rows, Sketch, TextsOf, by_part
from seq2seq_cli.inspection.data.summary import Suspicion

_EXAMPLES = 3
_SPREADS = 4.0
_DEVIATION = 1.4826  # makes the median deviation of a normal distribution its standard deviation
_ALWAYS_USUAL = math.log(2)


def find_suspicious(
    sketch: Sketch, pairs: Numbered, is_autoencoder: bool, texts_of: TextsOf
) -> list[Suspicion]:
    """Return what looks wrong, reason by reason.

    length ratio: the characters of the source divided by those of the target. Its logarithm is far from the
        median: by more than four standard deviations, estimated from the median deviation, and by more than
        a factor of two. Only pairs are judged of which a side has 30 characters or more, a few words.
    other script: most letters of a side are of another script than those of most sentences of that side.
    identical sides: which is what an autoencoder shall have.

    Args:
        sketch: a few numbers of every pair.
        pairs: all pairs.
        is_autoencoder: whether the sides are meant to be the same.
        texts_of: fetches the examples.
    """
    found = []
    for kind, usual, rows in _kinds(sketch, pairs, is_autoencoder):
        examples = np.flatnonzero(rows)[:_EXAMPLES].tolist()
        texts = texts_of(examples)
        found.append(Suspicion(kind, usual, by_part(sketch.bounds, rows), [texts[row] for row in examples]))
    return found


def _kinds(sketch: Sketch, pairs: Numbered, is_autoencoder: bool) -> Iterator[tuple[str, str, Rows]]:
    """Yield each reason, what is usual, and the rows that are not, (pairs,)."""
    low, high = usual_ratios(sketch)
    far = (sketch.ratios < low) | (sketch.ratios > high)
    yield (
        "length ratio",
        f"{math.exp(low):.2g} to {math.exp(high):.2g} source/target characters",
        far,
    )
    usual = [_usual_script(column) for column in sketch.scripts]
    foreign = np.zeros(len(far), bool)
    for column, script in zip(sketch.scripts, usual, strict=True):
        foreign |= _is_foreign(column, script)
    yield "other script", " → ".join(SCRIPTS[script] for script in usual), foreign
    if not is_autoencoder:
        yield "identical sides", "", pairs.source == pairs.target


def usual_ratios(sketch: Sketch) -> tuple[float, float]:
    """Return the logarithms of the smallest and the greatest ratio that are nothing to wonder at."""
    ratios = sketch.ratios[~np.isnan(sketch.ratios)]
    if not len(ratios):
        return -_ALWAYS_USUAL, _ALWAYS_USUAL
    middle = float(np.median(ratios))
    spread = _SPREADS * _DEVIATION * float(np.median(np.abs(ratios - middle)))
    reach = max(spread, _ALWAYS_USUAL)
    return middle - reach, middle + reach


def _usual_script(scripts: ScriptNumbers) -> int:
    """Return the script of most sentences."""
    sentences = np.bincount(scripts, minlength=len(SCRIPTS))
    sentences[NONE] = 0
    return int(sentences.argmax())


def _is_foreign(scripts: ScriptNumbers, usual: int) -> Rows:
    """Tell which sentences are of another script; a short Japanese one may have Chinese characters alone."""
    foreign: Rows = (scripts != usual) & (scripts != NONE)
    return foreign & (scripts != HAN) if usual == KANA else foreign
