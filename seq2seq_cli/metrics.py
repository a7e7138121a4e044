"""How good are outputs? Strings in, numbers from 0 to 100 out."""

from collections.abc import Collection, Sequence
from typing import Any

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER


def bleu(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Return the corpus's BLEU (Papineni et al. 2002), words being what stands between spaces.

    Args:
        hypotheses: one a sentence.
        references: one or more a sentence.
    """
    # Text that looks tokenised is what we hand in, so `force` spares the user sacreBLEU's warning of it.
    return _score(BLEU(tokenize="none", force=True), hypotheses, references)


def chrf(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Return the corpus's chrF, the F-score of character n-grams (Popović 2015). Arguments as for bleu."""
    return _score(CHRF(), hypotheses, references)


def ter(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Return the translation edit rate (Snover et al. 2006); lower is better. Arguments as for bleu."""
    return _score(TER(), hypotheses, references)


def exact_match(hypotheses: Sequence[str], references: Sequence[Collection[str]]) -> float:
    """Return the share of hypotheses, in per cent, that are one of their references to the letter."""
    matches = sum(output in right for output, right in zip(hypotheses, references, strict=True))
    return 100 * matches / len(hypotheses) if hypotheses else 0.0


def _score(
    metric: BLEU | CHRF | TER, hypotheses: Sequence[str], references: Sequence[Sequence[str]]
) -> float:
    if not hypotheses:
        return 0.0
    most = max(len(right) for right in references)
    # sacreBLEU wants a stream a reference, with None where a sentence has fewer.
    streams: Any = [[right[i] if i < len(right) else None for right in references] for i in range(most)]
    return float(metric.corpus_score(list(hypotheses), streams).score)
