"""The loss: how surprised the model is by each word of the target."""

from torch import Tensor, nn


def cross_entropy_sum(logits: Tensor, words: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Return the sum over words of -Σ_k q_k log p_k, in nats and in float32.

    q is 1 at the right word; with label smoothing it is 1 - ε there, and ε / V more at each of the V words
    (Szegedy et al. 2016, section 7).

    Args:
        logits: (tokens, vocabulary).
        words: (tokens,) the right ones.
        label_smoothing: ε.
    """
    return nn.functional.cross_entropy(
        logits.float(), words, reduction="sum", label_smoothing=label_smoothing
    )
