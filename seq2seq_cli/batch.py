"""Batch: padded tensors and their true lengths, the one thing that all wings share."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Sentence pairs side by side; every sentence ends in <eos> and is padded with <pad> = 0."""

    source: Tensor  # (batch, source time)
    source_lengths: Tensor  # (batch,), <eos> counted
    target: Tensor  # (batch, target time)
    target_lengths: Tensor  # (batch,), <eos> counted

    def __len__(self) -> int:
        """Return the number of sentence pairs."""
        return self.source.shape[0]

    @property
    def target_tokens(self) -> int:
        """The number of real target tokens, <eos> counted, padding not."""
        return int(self.target_lengths.sum())

    @property
    def target_words(self) -> Tensor:
        """The target's words without padding, (target tokens,), sentence after sentence, <eos> included."""
        return self.target[mask_of(self.target_lengths, self.target.shape[1])]

    def to(self, device: torch.device) -> "Batch":
        """Return the same batch on another device."""
        return Batch(
            self.source.to(device),
            self.source_lengths.to(device),
            self.target.to(device),
            self.target_lengths.to(device),
        )


def mask_of(lengths: Tensor, time: int) -> Tensor:
    """Return True where there is a token.

    Args:
        lengths: (batch,) true lengths.
        time: the padded length.
    """
    return torch.arange(time, device=lengths.device) < lengths[:, None]  # (batch, time)
