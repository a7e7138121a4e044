"""The loss: how surprised the model is by each word of the target."""

import torch
from torch import Tensor, nn

from seq2seq_cli.symbols import PAD


def cross_entropy_sum(logits: Tensor, target: Tensor) -> Tensor:
    """Return the sum of -log p(word) over the target's words, <eos> counted and padding not, in nats.

    Args:
        logits: (batch, time, vocabulary).
        target: (batch, time), padded with <pad>.
    """
    return nn.functional.cross_entropy(
        logits.flatten(0, 1), target.flatten(), ignore_index=PAD, reduction="sum"
    )


def masked_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Return the mean of -log p(word) over all words of all targets, in nats a word.

    Every word weighs the same, whatever the length of its sentence.
    """
    words = (target != PAD).sum()
    return cross_entropy_sum(logits, target) / torch.clamp(words, min=1)
