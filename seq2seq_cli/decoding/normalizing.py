"""From logits to log-probabilities."""

from torch import Tensor

_SAFE = 1e30  # a sum between this and its inverse has lost nothing to over- or underflow of its terms


def log_probabilities(some: Tensor, logits: Tensor) -> Tensor:
    """Return log p of some words a row, (rows, n), by their logits and those of all words.

        log p(w) = logit_w - log Σ_v exp(logit_v)

    That is log_softmax for the few words of which a search wants to know it. The sum is taken of exponentials
    as they are, which on a CPU takes half the time of taking the greatest logit out first; that is done for
    the rows whose sum turns out to be too great or too small.

    Args:
        some: (rows, n).
        logits: (rows, vocabulary).
    """
    total = logits.exp().sum(dim=1, keepdim=True)
    safe = (total > 1 / _SAFE) & (total < _SAFE)
    normalizer = total.log()
    if not bool(safe.all()):
        normalizer = normalizer.where(safe, logits.logsumexp(dim=1, keepdim=True))
    return (some - normalizer).clamp_(max=0)  # to the last digit of the sum, it may be above
