"""From counts to scores, for many sets of sentences at once: (..., counts) -> (...)."""

import numpy as np

from seq2seq_cli.metrics.statistics import Numbers

_ORDERS = 4  # of BLEU's n-grams
_BETA_SQUARED = 4  # chrF weighs recall twice as much as precision


def bleu(counts: Numbers) -> Numbers:
    """Return BLEU (Papineni et al. 2002), as sacreBLEU computes it of a corpus.

        BLEU = 100 min(1, exp(1 - r / h)) (p_1 p_2 p_3 p_4)^(1/4)

    where p_n is the share of the outputs' n-grams that are right. Where no n-gram of an order is, p_n is
    1 / (2^k t_n) for the k-th such order (method 3 of Chen & Cherry 2014). 0 if not one word is right.

    Args:
        counts: h and r, the lengths of outputs and references; then the n-grams that are right and the
            n-grams t_n that there are, for n = 1, ..., 4.
    """
    return _bleu(counts, effective_order=False)


def bleu_of_sentence(counts: Numbers) -> Numbers:
    """Return BLEU of a sentence, as sacreBLEU does: of those orders alone that the output has n-grams of."""
    return _bleu(counts, effective_order=True)


def _bleu(counts: Numbers, effective_order: bool) -> Numbers:
    length, reference = counts[..., 0], counts[..., 1]
    right, there = counts[..., 2 : 2 + _ORDERS], counts[..., 2 + _ORDERS :]
    smoothing = 2.0 ** np.cumsum((right == 0) & (there > 0), axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_p = np.log(np.where(right > 0, right, 1 / smoothing) / there)
        brevity = np.exp(np.minimum(0, 1 - reference / length))
    orders = (there > 0).sum(axis=-1)
    scores = np.exp(np.where(there > 0, log_p, 0).sum(axis=-1) / np.maximum(orders, 1))
    known = right.any(axis=-1) & (effective_order | (orders == _ORDERS))
    scored: Numbers = np.where(known, 100 * brevity * scores, 0.0)
    return scored


def chrf(counts: Numbers) -> Numbers:
    """Return chrF (Popović 2015), as sacreBLEU computes it.

        chrF = 100 (1 + β²) P R / (β² P + R)        β = 2

    with P and R the means, over the orders 1, ..., 6, of the precision and recall of character n-grams; an
    order that outputs or references are too short for does not count.

    Args:
        counts: for each order, the outputs' n-grams, the references', and those that they share.
    """
    said, meant, shared = (counts[..., i::3] for i in range(3))
    counted = (said > 0) & (meant > 0)
    orders = np.maximum(counted.sum(axis=-1), 1)
    precision, recall = (
        np.where(counted, shared / np.maximum(of, 1), 0).sum(axis=-1) / orders for of in (said, meant)
    )
    below = _BETA_SQUARED * precision + recall
    scored: Numbers = 100 * (1 + _BETA_SQUARED) * precision * recall / np.where(below > 0, below, 1)
    return scored


def ter(counts: Numbers) -> Numbers:
    """Return the translation edit rate (Snover et al. 2006); lower is better.

    Args:
        counts: edits, and the references' lengths (the mean where a sentence has several).
    """
    edits, words = counts[..., 0], counts[..., 1]
    scored: Numbers = 100 * np.where(words > 0, edits / np.where(words > 0, words, 1), edits > 0)
    return scored


def mean(counts: Numbers) -> Numbers:
    """Return a mean of sums, (..., 0), over numbers, (..., 1); 0 over none."""
    sums, numbers = counts[..., 0], counts[..., 1]
    result: Numbers = sums / np.where(numbers > 0, numbers, 1)
    return result


def per_cent(counts: Numbers) -> Numbers:
    """Return a mean times 100."""
    return 100 * mean(counts)


def exponential(counts: Numbers) -> Numbers:
    """Return e to the power of a mean; of one beyond 700, as of 700: a float ends there."""
    powers: Numbers = np.exp(np.minimum(mean(counts), 700))
    return powers
