"""Where the beginnings of a beam came from, and which hypotheses came of them."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from seq2seq_cli.decoding.hypothesis import IMPOSSIBLE, NOTHING, Hypothesis, read_off


class Extensions(NamedTuple):
    """Words that beginnings were extended by, each (sentences, extensions)."""

    parent: Tensor  # which of the sentence's beginnings
    word: Tensor
    log_p: Tensor  # of the word alone

    def of(self, sentences: Tensor) -> "Extensions":
        """Return those of some sentences, (n,)."""
        return Extensions(*(part[sentences] for part in self))


class TrailStep(NamedTuple):
    """What one step of a beam search has left behind."""

    sentence: Tensor  # (sentences,) those that were searching, rising
    kept: Extensions  # the beginnings after the step
    weights: Tensor | None  # (sentences, beginnings before the step, source time)


@dataclass
class Trail:
    """Every step's beginnings, which know those that they came from."""

    steps: list[TrailStep] = field(default_factory=list)

    def follow(
        self, sentence: Tensor, last: Tensor, ends: Extensions
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Go back from where hypotheses ended to where they began.

        Args:
            sentence: (hypotheses,).
            last: (hypotheses,) the step of their last word.
            ends: that last word, parts (hypotheses,).

        Returns:
            All their words, filled up with NOTHING, and the words' log-probabilities, (hypotheses, time);
            and the weights of attention, (hypotheses, time, source time), if there are any.
        """
        time, everyone = int(last.max()) + 1, torch.arange(len(last), device=last.device)
        words = last.new_full((len(last), time), NOTHING)
        logs = ends.log_p.new_zeros(words.shape)
        words[everyone, last], logs[everyone, last] = ends.word, ends.log_p
        looks, came_from = [], ends.parent.clone()
        for t in reversed(range(time)):
            step = self.steps[t]
            who = (last >= t).nonzero().squeeze(1)
            row, slot = torch.searchsorted(step.sentence, sentence[who]), came_from[who]
            on = last[who] > t  # they go on after this word, which was kept as a beginning
            parent, word, log_p = (part[row, slot.where(on, 0)] for part in step.kept)
            words[who, t] = word.where(on, words[who, t])
            logs[who, t] = log_p.where(on, logs[who, t])
            came_from[who] = parent.where(on, slot)
            if step.weights is not None:
                look = step.weights.new_zeros(len(last), step.weights.shape[2])
                looks.append(look.index_copy(0, who, step.weights[row, came_from[who]]))
        return words, logs, torch.stack(looks[::-1], dim=1) if looks else None


class Finished:
    """The best hypotheses so far of every sentence, and how many there were.

    Args:
        sentences: how many.
        outputs: how many are kept of each.
        device: where.
    """

    def __init__(self, sentences: int, outputs: int, device: torch.device) -> None:
        nothing = torch.zeros(sentences, outputs, dtype=torch.long, device=device)
        self.count = nothing.new_zeros(sentences)
        self.scores = torch.full(nothing.shape, -torch.inf, device=device)  # falling; -inf: none
        self.last = nothing  # the step of their last word
        self.ends = Extensions(nothing, nothing, torch.zeros(nothing.shape, device=device))

    def add(self, sentence: Tensor, scores: Tensor, t: int, ends: Extensions) -> None:
        """Take hypotheses in whose last words were said at step t.

        Args:
            sentence: (sentences,) whose they are.
            scores: (sentences, n), -inf where there is none.
            t: the step.
            ends: the last words, parts (sentences, n).
        """
        outputs = self.scores.shape[1]
        self.count[sentence] += (scores > -torch.inf).sum(dim=1)
        before = (self.scores, self.last, *self.ends)
        new = (scores, torch.full_like(ends.word, t), *ends)
        together = [torch.cat([a[sentence], b], dim=1) for a, b in zip(before, new, strict=True)]
        best = together[0].sort(dim=1, descending=True, stable=True).indices[:, :outputs]
        scores_, last, *of_ends = (
            table.index_copy(0, sentence, part.gather(1, best))
            for table, part in zip(before, together, strict=True)
        )
        self.scores, self.last, self.ends = scores_, last, Extensions(*of_ends)

    def hypotheses(self, trail: Trail, source_lengths: Tensor) -> list[list[Hypothesis]]:
        """Return them, sentence by sentence, the best first; where there is none, the impossible one."""
        sentence, rank = (self.scores > -torch.inf).nonzero(as_tuple=True)
        found: list[list[Hypothesis]] = [[] for _ in range(len(self.scores))]
        if len(sentence):
            ends = Extensions(*(part[sentence, rank] for part in self.ends))
            followed = trail.follow(sentence, self.last[sentence, rank], ends)
            hypotheses = read_off(*followed, source_lengths[sentence])
            for owner, hypothesis in zip(sentence.tolist(), hypotheses, strict=True):
                found[owner].append(hypothesis)
        return [of_sentence or [IMPOSSIBLE] for of_sentence in found]
