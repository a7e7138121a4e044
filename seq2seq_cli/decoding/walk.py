"""One word after another, never looking back: what greedy search and sampling have in common."""

from collections.abc import Callable

import torch
from torch import Tensor

from seq2seq_cli.decoding.constraints import Constraints
from seq2seq_cli.decoding.hypothesis import NOTHING, Hypothesis, S, Steppable, read_off
from seq2seq_cli.decoding.normalizing import log_probabilities
from seq2seq_cli.symbols import EOS, SOS

Choose = Callable[[Tensor, Tensor, int], tuple[Tensor, Tensor]]
"""From the logits of what is allowed, (rows, vocabulary), whose rows those are, (rows,), and how many words
have been said, to the logit of the chosen word and the word, (rows,) each."""


def walk(
    model: Steppable[S],
    state: S,
    source_lengths: Tensor,
    constraints: Constraints,
    choose: Choose,
    *,
    attention: bool,
    probabilities: bool,
) -> list[Hypothesis]:
    """Return the hypothesis of each row. One that has ended leaves the batch.

    Args:
        model: what is searched.
        state: the state before the first word.
        source_lengths: (rows,) of each row's source.
        constraints: what each row's output may be.
        choose: says the next words.
        attention: whether hypotheses come with the weights of attention.
        probabilities: whether they come with their probabilities.
    """
    alive = torch.arange(len(source_lengths), device=source_lengths.device)
    token = torch.full_like(alive, SOS)
    everyone = len(alive)
    words: list[Tensor] = []  # of each step, one for everyone; so with the next two
    logs: list[Tensor] = []
    looks: list[Tensor] = []
    for t in range(constraints.horizon):
        step = model.step(token, state)
        logits = step.logits.float()
        said = torch.stack(words, dim=1)[alive] if words and constraints.block_ngrams else None
        chosen, token = choose(constraints.allow(t, logits, alive, said), alive, t)
        if probabilities:
            chosen = log_probabilities(chosen.unsqueeze(1), logits).squeeze(1)
        words.append(_spread(token, alive, everyone, NOTHING))
        logs.append(_spread(chosen, alive, everyone))  # or logits, finite as well unless the model is ruined
        if attention and step.weights is not None:
            looks.append(_spread(step.weights, alive, everyone))
        unfinished = token != EOS
        cut = constraints.cut(t + 1, alive)
        going = (unfinished if cut is None else unfinished & ~cut).nonzero().squeeze(1)
        if not len(going):
            break
        state = step.state
        if len(going) < len(alive):
            alive, token, state = alive[going], token[going], state.select(going)
    of_words, of_logs = torch.stack(words, dim=1), torch.stack(logs, dim=1)  # (rows, time)
    look = torch.stack(looks, dim=1) if looks else None
    return read_off(of_words, of_logs, look, source_lengths, scored=probabilities)


def _spread(values: Tensor, rows: Tensor, everyone: int, otherwise: int = 0) -> Tensor:
    """Return values of some rows, (n, ...), in the places of these among all, (everyone, ...)."""
    spread = values.new_full((everyone, *values.shape[1:]), otherwise)
    return spread.index_copy_(0, rows, values)
