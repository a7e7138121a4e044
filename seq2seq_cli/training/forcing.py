"""Teacher forcing: when the decoder is given the right word before, and when its own guess.

A policy returns a mask (batch, target time), True where the right word is given; None means everywhere,
for which the model has a faster way.
"""

from typing import Protocol

import torch
from torch import Tensor

from seq2seq_cli.registry import Registry


class Forcing(Protocol):
    """A policy of teacher forcing."""

    def mask(self, target: Tensor) -> Tensor | None:
        """Return which positions of a target, (batch, time), are forced; None for all of them."""
        ...


class Always:
    """The decoder always reads the right word (Williams & Zipser 1989)."""

    def mask(self, target: Tensor) -> Tensor | None:
        """Return None: everywhere."""
        return None


class Never:
    """The decoder always reads its own best guess, as it does when it translates."""

    def mask(self, target: Tensor) -> Tensor | None:
        """Return False everywhere."""
        return torch.zeros_like(target, dtype=torch.bool)


class Ratio:
    """A coin is thrown for each sentence: forced from its start to its end, or not at all.

    Args:
        ratio: the probability that a sentence is forced.
    """

    def __init__(self, ratio: float = 0.5) -> None:
        self.ratio = ratio

    def mask(self, target: Tensor) -> Tensor | None:
        """Return the same throw for every position of a sentence, from torch's global generator."""
        forced = torch.rand(target.shape[0], 1) < self.ratio  # (batch, 1), on the CPU on every device
        return forced.to(target.device).expand_as(target)


FORCINGS: Registry[type[Always] | type[Never] | type[Ratio]] = Registry(
    "teacher forcing policy", {"always": Always, "never": Never, "ratio": Ratio}
)
