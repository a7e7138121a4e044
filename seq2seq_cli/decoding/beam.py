"""Beam search: the likeliest few beginnings, again and again."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_cli.decoding.hypothesis import Hypothesis, S, Steppable
from seq2seq_cli.decoding.likeliest import likeliest
from seq2seq_cli.decoding.normalizing import log_probabilities
from seq2seq_cli.decoding.ranking import Ranking
from seq2seq_cli.decoding.search import Search
from seq2seq_cli.decoding.trail import Extensions, Finished, Trail, TrailStep
from seq2seq_cli.symbols import EOS, SOS


@dataclass(frozen=True)
class Beam(Search):
    """Keeps several beginnings of each output (Sutskever, Vinyals & Le 2014, section 3.2).

    A beam has `beam_size` places. At each step every beginning is extended by every word, and the likeliest
    of all extensions take the places. One that ends in <eos> is a finished hypothesis and keeps its place,
    so that a beam of one is greedy search. A sentence's search ends

    - when finished hypotheses have all places;
    - at the greatest length, where beginnings are cut off and become hypotheses, too;
    - or as soon as no beginning can become a hypothesis that is ranked among the `outputs` best. That is
      known for certain, not guessed: see Ranking.reach.

    They are ranked by log p, made up for length and for what of the source was passed over: see Ranking.

    Attributes:
        beam_size: how many beginnings are kept; 1 is greedy search.
        length_penalty: 0 ranks by plain log p, which favours short outputs.
        length_normalization: how lengths are made up for: plain or gnmt.
        coverage_penalty: how much it costs to pass source words over; of no effect without attention.
    """

    beam_size: int = 5
    length_penalty: float = 1.0
    length_normalization: str = "plain"
    coverage_penalty: float = 0.0

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
        constraints = self.constraints(lengths, prefixes)
        ranking = Ranking(
            self.length_normalization,
            self.length_penalty,
            self.coverage_penalty,
            constraints.horizon,
            lengths,
        )
        found, trail = Finished(len(lengths), self.outputs, source.device), Trail()
        alive = torch.arange(len(lengths), device=source.device)  # the sentences that still search
        state, token = model.start(source, lengths), torch.full_like(alive, SOS)
        scores = torch.zeros(len(alive), 1, device=source.device)  # log p of each one's beginnings
        said, attended = token.new_empty(len(alive), 1, 0), None
        for t in range(constraints.horizon):
            step = model.step(token, state)
            logits, beginnings = step.logits.float(), scores.shape[1]
            words = said.flatten(0, 1) if self.block_ngrams else None
            allowed = constraints.allow(t, logits, alive.repeat_interleave(beginnings), words)
            totals, best = self._extensions(scores, allowed, logits)

            weights, uncovered = None, None
            if (attention or self.coverage_penalty) and step.weights is not None:
                weights = step.weights.float().view(len(alive), beginnings, -1)
            if self.coverage_penalty and weights is not None:
                attended = weights if attended is None else attended + weights
                uncovered = ranking.uncovered(attended, alive)

            free = self.beam_size - found.count[alive].unsqueeze(1)
            there = (torch.arange(totals.shape[1], device=free.device) < free) & (totals > -torch.inf)
            ended = there & (best.word == EOS)
            scores = totals.masked_fill(~there | ended, -torch.inf)
            if ended.any():
                ranked = _ranked(ranking, totals, t, best.parent, uncovered)
                found.add(alive, ranked.masked_fill(~ended, -torch.inf), t, best)
            trail.steps.append(TrailStep(alive, best, weights if attention else None))

            reach = ranking.reach(scores.amax(dim=1), constraints.longest[alive])
            closed = reach <= found.scores[alive, -1]  # where nothing goes on, too: -inf <= -inf
            cut = constraints.cut(t + 1, alive)
            if cut is not None:
                last = (cut & ~closed).nonzero().squeeze(1)
                ranked = _ranked(ranking, scores, t, best.parent, uncovered)
                found.add(alive[last], ranked[last], t, best.of(last))
                closed |= cut
            going = (~closed).nonzero().squeeze(1)
            if not len(going):
                break
            places = going.unsqueeze(1)
            parent, token = best.parent[going], best.word[going].flatten()
            if self.block_ngrams:
                said = torch.cat([said[places, parent], best.word[going].unsqueeze(2)], dim=2)
            attended = None if attended is None else attended[places, parent]
            rows = places * beginnings + parent  # (going, beginnings)
            stays = torch.equal(rows.flatten(), torch.arange(len(logits), device=rows.device))
            state = step.state if stays else step.state.select(rows)
            alive, scores = alive[going], scores[going]
        return found.hypotheses(trail, lengths)

    def _extensions(self, scores: Tensor, allowed: Tensor, logits: Tensor) -> tuple[Tensor, Extensions]:
        """Return log p of the likeliest extensions, as many as there are places, and what they are.

        The likeliest come first. What isn't a number has no probability.

        Args:
            scores: log p of the beginnings, (sentences, beginnings).
            allowed: logits of the next words, (sentences * beginnings, vocabulary), -inf where forbidden.
            logits: the same where nothing is.
        """
        each = min(self.beam_size, allowed.shape[1])
        best, word = likeliest(allowed, each)  # of all extensions, the likeliest are among these
        log_p = log_probabilities(best, logits).view(*scores.shape, each)
        totals = (scores.unsqueeze(2) + log_p).flatten(1)  # (sentences, beginnings * each)
        totals = totals.nan_to_num(nan=-torch.inf, posinf=-torch.inf, neginf=-torch.inf)
        best, place = totals.topk(min(self.beam_size, totals.shape[1]), dim=1)
        words, logs = word.view(totals.shape).gather(1, place), log_p.flatten(1).gather(1, place)
        return best, Extensions(place // each, words, logs)


def _ranked(ranking: Ranking, totals: Tensor, t: int, parent: Tensor, uncovered: Tensor | None) -> Tensor:
    """Return the scores of hypotheses whose last words were said at step t, (sentences, extensions).

    Args:
        ranking: how they are scored.
        totals: their log p.
        t: the step.
        parent: the beginnings that they extend.
        uncovered: the summand for coverage of those beginnings, if there is one.
    """
    scores = ranking.scores(totals, t + 1)
    if uncovered is None:
        return scores
    return (scores + uncovered.gather(1, parent)).nan_to_num(nan=-torch.inf, neginf=-torch.inf)
