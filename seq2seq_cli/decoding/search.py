"""What every search is told, and what it gives."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

import torch
from torch import Tensor

from seq2seq_cli.decoding.constraints import Constraints
from seq2seq_cli.decoding.hypothesis import Hypothesis, S, Steppable

_ROUNDING = 1e-9
"""What a product of a ratio and a length may be off a whole number."""


@dataclass(frozen=True)
class Search(ABC):
    """A way from a model's probabilities to outputs.

    Lengths are numbers of tokens, <eos> not counted; relative ones are times those of the source. Of several
    least or greatest lengths the strictest counts, and the greatest before the least.

    Attributes:
        max_length: an output is cut off at this length.
        min_length: <eos> may not come before this length.
        min_length_ratio: the same, relative to the source.
        max_length_ratio: an output is cut off at this length relative to the source, but not below 1 token;
            None sets no such limit.
        block_ngrams: no output says the same n words in a row twice; 0 lets it.
        outputs: how many hypotheses of each sentence are wanted; greedy search has but one.
    """

    max_length: int
    _: KW_ONLY
    min_length: int = 0
    min_length_ratio: float = 0.0
    max_length_ratio: float | None = None
    block_ngrams: int = 0
    outputs: int = 1

    @abstractmethod
    def __call__(
        self,
        model: Steppable[S],
        source: Tensor,
        lengths: Tensor,
        *,
        prefixes: Sequence[Sequence[int]] | None = None,
        attention: bool = False,
        probabilities: bool = True,
    ) -> list[list[Hypothesis]]:
        """Return each sentence's hypotheses, at least one, the best first.

        What is found for a sentence depends on neither its neighbours in the batch nor its place among them.

        Args:
            model: what is searched.
            source: (batch, source time), padded.
            lengths: (batch,) true lengths, <eos> counted.
            prefixes: for each sentence the target tokens, without <eos>, that its outputs must begin with;
                any may be empty.
            attention: whether hypotheses come with the weights of attention, if the model has any.
            probabilities: whether they come with their probabilities, without which some are found quicker.
        """

    def constraints(self, lengths: Tensor, prefixes: Sequence[Sequence[int]] | None) -> Constraints:
        """Return what the outputs of sources of these lengths, (sentences,), <eos> counted, may be."""
        words = (lengths - 1).cpu().double()
        shortest = (words * self.min_length_ratio - _ROUNDING).ceil().clamp(min=self.min_length)
        longest = torch.full_like(words, self.max_length)
        if self.max_length_ratio is not None:
            longest = longest.minimum((words * self.max_length_ratio + _ROUNDING).floor()).clamp(min=1)
        device = lengths.device
        return Constraints(shortest.long().to(device), longest.long().to(device), self.block_ngrams, prefixes)
