"""Beam search: the likeliest few beginnings, again and again."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_cli.decoding.hypothesis import NOTHING, Hypothesis, S, Steppable
from seq2seq_cli.symbols import EOS, SOS


@dataclass(frozen=True)
class Beam:
    """Keeps several beginnings of each output (Sutskever, Vinyals & Le 2014, section 3.2).

    At each step every beginning is extended by every word, and of all extensions the likeliest are kept. One
    that ends in <eos> is set aside and takes its place in the beam with it; the search ends when all
    places are taken. Hypotheses of different lengths are then ranked by log p / length^penalty.

    Attributes:
        max_length: the greatest number of tokens of an output.
        beam_size: how many beginnings are kept; 1 is greedy search.
        length_penalty: 0 ranks by plain log p, which favours short outputs.
    """

    max_length: int
    beam_size: int = 5
    length_penalty: float = 1.0

    @torch.inference_mode()
    def __call__(self, model: Steppable[S], source: Tensor, lengths: Tensor) -> list[list[Hypothesis]]:
        """Return up to `beam_size` hypotheses a sentence, the best first.

        Args:
            model: what is searched.
            source: (batch, source time), padded.
            lengths: (batch,) true lengths.
        """
        width, device = self.beam_size, source.device
        found = _Found(source.shape[0], width, self.max_length, device)
        alive = torch.arange(source.shape[0], device=device)  # the sentences that still search
        state = model.start(source, lengths).select(alive.repeat_interleave(width))
        token = torch.full((len(alive) * width,), SOS, device=device)
        words = token.new_empty(len(alive), width, 0)
        scores = torch.zeros(len(alive), width, device=device)  # log p of each beginning; -inf: none
        scores[:, 1:] = -torch.inf
        for t in range(self.max_length):
            step = model.step(token, state)
            vocabulary = step.logits.shape[1]
            extended = scores[:, :, None] + step.logits.log_softmax(dim=1).view(-1, width, vocabulary)
            scores, best = extended.flatten(1).topk(width, dim=1)  # (alive, width)
            parent, word = best // vocabulary, best % vocabulary
            words = torch.cat(
                [words[_rows(parent), parent], word[:, :, None]], dim=2
            )  # (alive, width, t + 1)
            places = torch.arange(width, device=device) < (width - found.count[alive])[:, None]
            scores = scores.masked_fill(~places, -torch.inf)
            ended = (word == EOS) & scores.isfinite()
            found.add(alive, ended, words, scores)
            scores = scores.masked_fill(ended, -torch.inf)
            going = scores.isfinite().any(dim=1).nonzero().squeeze(1)
            if not len(going):
                break
            if t + 1 == self.max_length:
                found.add(alive, scores.isfinite(), words, scores)
                break
            rows = (going[:, None] * width + parent[going]).flatten()  # (going * width,)
            alive, words, scores = alive[going], words[going], scores[going]
            state, token = step.state.select(rows), words[:, :, -1].flatten()
        return found.ranked(self.length_penalty)


class _Found:
    """Hypotheses that were set aside, in `width` places a sentence."""

    def __init__(self, sentences: int, width: int, max_length: int, device: torch.device) -> None:
        self.count = torch.zeros(sentences, dtype=torch.long, device=device)
        self.words = torch.full((sentences, width, max_length), NOTHING, device=device)
        self.scores = torch.zeros(sentences, width, device=device)

    def add(self, alive: Tensor, which: Tensor, words: Tensor, scores: Tensor) -> None:
        """Set aside those of `words` (alive, width, t) where `which` (alive, width) is True."""
        row, column = which.nonzero(as_tuple=True)
        place = self.count[alive[row]] + (which.long().cumsum(dim=1) - 1)[row, column]
        self.words[alive[row], place, : words.shape[2]] = words[row, column]
        self.scores[alive[row], place] = scores[row, column].to(self.scores.dtype)
        self.count[alive] += which.sum(dim=1)

    def ranked(self, length_penalty: float) -> list[list[Hypothesis]]:
        """Return each sentence's hypotheses, the best first."""
        rows = zip(self.words.tolist(), self.scores.tolist(), self.count.tolist(), strict=True)
        nothing = Hypothesis((), -math.inf, finished=False)  # of a model whose scores are no numbers
        return [
            sorted(
                (Hypothesis.of(words[k], scores[k]) for k in range(count)),
                key=lambda hypothesis: -hypothesis.score(length_penalty),
            )
            or [nothing]
            for words, scores, count in rows
        ]


def _rows(x: Tensor) -> Tensor:
    """Return (n, 1) row numbers, to index with beside a column of x (n, m)."""
    return torch.arange(x.shape[0], device=x.device)[:, None]
