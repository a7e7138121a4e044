"""Scores of a whole corpus: strings in, numbers from 0 to 100 out."""

from collections.abc import Collection, Sequence

from seq2seq_cli.metrics.sacre import Outputs, References, count_bleu, count_chrf, count_ter
from seq2seq_cli.metrics.shares import count_exact_match


def bleu(outputs: Outputs, references: References) -> float:
    """Return the corpus's BLEU (Papineni et al. 2002), words being what stands between spaces.

    Args:
        outputs: one a sentence.
        references: one or more a sentence.
    """
    return count_bleu(outputs, references).score()


def chrf(outputs: Outputs, references: References) -> float:
    """Return the corpus's chrF, the F-score of character n-grams (Popović 2015). Arguments as for bleu."""
    return count_chrf(outputs, references).score()


def ter(outputs: Outputs, references: References) -> float:
    """Return the translation edit rate (Snover et al. 2006); lower is better. Arguments as for bleu."""
    return count_ter(outputs, references).score()


def exact_match(outputs: Sequence[str], references: Sequence[Collection[str]]) -> float:
    """Return the share of outputs, in per cent, that are one of their references to the letter."""
    return count_exact_match(outputs, references).score()
