"""Greedy search: the likeliest word, again and again."""

from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_cli.decoding.hypothesis import NOTHING, Hypothesis, S, Steppable
from seq2seq_cli.symbols import EOS, SOS


@dataclass(frozen=True)
class Greedy:
    """Takes the likeliest word at each step. A sentence that has ended leaves the batch.

    Attributes:
        max_length: the greatest number of tokens of an output.
    """

    max_length: int

    @torch.inference_mode()
    def __call__(self, model: Steppable[S], source: Tensor, lengths: Tensor) -> list[list[Hypothesis]]:
        """Return one hypothesis a sentence.

        Args:
            model: what is searched.
            source: (batch, source time), padded.
            lengths: (batch,) true lengths.
        """
        state = model.start(source, lengths)
        alive = torch.arange(source.shape[0], device=source.device)  # the sentences that the rows belong to
        token = torch.full_like(alive, SOS)
        words = token.new_full((source.shape[0], self.max_length), NOTHING)
        scores = torch.zeros(source.shape[0], device=source.device)
        for t in range(self.max_length):
            step = model.step(token, state)
            logit, token = step.logits.max(dim=1)
            scores[alive] += (logit - step.logits.logsumexp(dim=1)).to(scores.dtype)
            words[alive, t] = token
            going = (token != EOS).nonzero().squeeze(1)
            state = step.state
            if len(going) < len(alive):
                alive, token, state = alive[going], token[going], state.select(going)
            if not len(alive):
                break
        return [[Hypothesis.of(*row)] for row in zip(words.tolist(), scores.tolist(), strict=True)]
