"""What validations are compared by, and what their distance is counted in, by the config's names."""

from collections.abc import Callable, Sequence

from seq2seq_cli.registry import Registry
from seq2seq_cli.training.events import Scores


def by_bleu_any(scores: Scores) -> Sequence[float]:
    """Rank by BLEU against all references of the same source; among equals, the lower loss is better."""
    return scores.bleu_any, -scores.loss


def by_bleu(scores: Scores) -> Sequence[float]:
    """Rank by BLEU against each pair's own reference; among equals, the lower loss is better."""
    return scores.bleu, -scores.loss


def by_exact_match(scores: Scores) -> Sequence[float]:
    """Rank by the share of outputs that are right; among equals, the lower loss is better."""
    return scores.exact_match, -scores.loss


def by_loss(scores: Scores) -> Sequence[float]:
    """Rank by the loss, or by the perplexity, which rises with it: the lower is better."""
    return (-scores.loss,)


SCORES: Registry[Callable[[Scores], Sequence[float]]] = Registry(
    "score",
    {
        "bleu_any": by_bleu_any,
        "bleu": by_bleu,
        "exact_match": by_exact_match,
        "loss": by_loss,
        "perplexity": by_loss,
    },
)

COUNTS_STEPS: Registry[bool] = Registry("unit of validation", {"epochs": False, "steps": True})
"""Whether the distance of validations is counted in steps, by its unit's name; else it is in epochs."""
