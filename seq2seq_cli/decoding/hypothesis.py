"""What searches look for, and what they see of a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from torch import Tensor

from seq2seq_cli.symbols import EOS

NOTHING = -1
"""Stands where a row of words has no word yet; the model may give any real index, <pad> even."""


@dataclass(frozen=True)
class Hypothesis:
    """A possible output."""

    tokens: tuple[int, ...]  # without <eos>
    log_probability: float  # of all tokens and <eos>, in nats; where cut off, of the tokens
    finished: bool  # False where the greatest length cut it off before <eos>

    @classmethod
    def of(cls, words: Sequence[int], log_probability: float) -> "Hypothesis":
        """Read a row of words up to its <eos>, or to NOTHING where it was cut off."""
        end = next((i for i, word in enumerate(words) if word in (EOS, NOTHING)), len(words))
        return cls(tuple(words[:end]), log_probability, EOS in words[end : end + 1])

    def score(self, length_penalty: float) -> float:
        """Return log p / length^penalty, by which hypotheses of different lengths are ranked."""
        length = len(self.tokens) + self.finished  # <eos> counted
        return self.log_probability / float(length**length_penalty)


S = TypeVar("S", bound="Selectable")


class Selectable(Protocol):
    """Whatever a model needs to know at a step, a row a hypothesis."""

    def select(self: S, rows: Tensor) -> S:
        """Return the given rows, (n,) indices; a row may come more than once."""
        ...


S_co = TypeVar("S_co", bound=Selectable, covariant=True)


class StepOutput(Protocol[S_co]):
    """What a model gives at a step."""

    @property
    def logits(self) -> Tensor:
        """(rows, vocabulary)."""
        ...

    @property
    def state(self) -> S_co:
        """The state after the step."""
        ...


class Steppable(Protocol[S]):
    """A model as a search sees it."""

    def start(self, source: Tensor, lengths: Tensor) -> S:
        """Return the state before the first word; a row a source sentence."""
        ...

    def step(self, token: Tensor, state: S) -> StepOutput[S]:
        """Read a word a row, (rows,), and return the next word's logits and the state after."""
        ...
