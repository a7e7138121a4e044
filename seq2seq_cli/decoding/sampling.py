"""Sampling: words at random, as likely as the model says."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_cli.decoding.hypothesis import Hypothesis, S, Steppable
from seq2seq_cli.decoding.likeliest import likeliest
from seq2seq_cli.decoding.noise import gumbel, keys
from seq2seq_cli.decoding.search import Search
from seq2seq_cli.decoding.walk import walk

_FEW = 32
"""Among how many words most of the probability is usually found."""


@dataclass(frozen=True)
class Sample(Search):
    """Draws each word from the model's distribution, or from a part of it.

        p'(w) ∝ p(w)^(1 / temperature)

    of which the `top_k` likeliest words stay (Fan, Lewis & Dauphin 2018), and of those as few of the
    likeliest as have `top_p` of their probability together (Holtzman et al. 2020).

    A draw is a function of the seed and of the source's tokens: the same sentence gives the same output
    wherever it stands, and whatever is translated beside it. Another seed gives another one.

    Attributes:
        temperature: below 1, likely words become likelier still; towards 0, the search becomes greedy.
        top_k: None leaves every word in.
        top_p: 1 leaves every word in.
        seed: which draws; with `outputs`, so many a sentence, of which equal ones count once.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0
    seed: int = 1

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
        """Return up to `outputs` different hypotheses a sentence; the arguments are every search's."""
        draws = self.outputs
        owner = torch.arange(len(lengths), device=source.device).repeat_interleave(draws)
        state = model.start(source, lengths)
        if draws > 1:
            lengths_of_rows, state = lengths[owner], state.select(owner)
            prefixes = prefixes and [prefixes[sentence] for sentence in owner.tolist()]
        else:
            lengths_of_rows = lengths
        noise = keys(source, lengths, self.seed, draws)

        def choose(allowed: Tensor, rows: Tensor, t: int) -> tuple[Tensor, Tensor]:
            word = self._draw(allowed, noise[rows], t)
            return allowed.gather(1, word.unsqueeze(1)).squeeze(1), word

        constraints = self.constraints(lengths_of_rows, prefixes)
        wanted = {"attention": attention, "probabilities": probabilities or draws > 1}  # to order them
        found = walk(model, state, lengths_of_rows, constraints, choose, **wanted)
        return [_different(found[i : i + draws]) for i in range(0, len(found), draws)]

    def _draw(self, allowed: Tensor, keys: Tensor, t: int) -> Tensor:
        """Return a word a row, (rows,), by the logits of what is allowed, (rows, vocabulary)."""
        scores = allowed / self.temperature
        words = torch.arange(scores.shape[1], device=scores.device).expand_as(scores)
        if self.top_k is not None and self.top_k < scores.shape[1]:
            scores, words = likeliest(scores, self.top_k)
        if self.top_p < 1:
            scores, places = _nucleus(scores, self.top_p)
            words = words.gather(1, places)
        best = (scores + gumbel(keys, t, words)).argmax(dim=1, keepdim=True)
        return words.gather(1, best).squeeze(1)


def _nucleus(scores: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Return the likeliest words that have a share of the probability together, and their places.

    Args:
        scores: (rows, words), log p up to a constant.
        share: how much; the word that reaches it is the last.

    Returns:
        Scores, -inf for words beyond, and places, (rows, fewer words).
    """
    log_p, count = scores.log_softmax(dim=1), _FEW
    while True:  # sorting all words takes many times as long as looking for a few
        count = min(count, scores.shape[1])
        best, places = likeliest(log_p, count)
        before = best.exp().cumsum(dim=1) - best.exp()
        if count == scores.shape[1] or bool((before[:, -1] >= share).all()):
            return best.masked_fill(before >= share, -torch.inf), places
        count *= 8


def _different(draws: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Return each of the hypotheses once, the likeliest first."""
    once = {(draw.tokens, draw.finished): draw for draw in draws}
    return sorted(once.values(), key=lambda draw: -draw.log_probability)
