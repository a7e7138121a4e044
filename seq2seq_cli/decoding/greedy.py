"""Greedy search: the likeliest word, again and again."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_cli.decoding.hypothesis import Hypothesis, S, Steppable
from seq2seq_cli.decoding.likeliest import likeliest
from seq2seq_cli.decoding.search import Search
from seq2seq_cli.decoding.walk import walk


@dataclass(frozen=True)
class Greedy(Search):
    """Takes the likeliest word at each step, of equally likely ones that with the lowest index."""

    @torch.inference_mode()
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
        """Return one hypothesis a sentence; the arguments are every search's."""
        constraints = self.constraints(lengths, prefixes)
        state = model.start(source, lengths)
        wanted = {"attention": attention, "probabilities": probabilities}
        found = walk(model, state, lengths, constraints, _likeliest_word, **wanted)
        return [[hypothesis] for hypothesis in found]


def _likeliest_word(allowed: Tensor, *_: object) -> tuple[Tensor, Tensor]:
    """Choose the word with the greatest logit."""
    logit, word = likeliest(allowed, 1)
    return logit.squeeze(1), word.squeeze(1)
