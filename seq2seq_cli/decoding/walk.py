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
    words = token.new_full((len(alive), constraints.horizon), NOTHING)
    logs = torch.zeros(words.shape, device=words.device)
    looks = []
    for t in range(constraints.horizon):
        step = model.step(token, state)
        logits = step.logits.float()
        said = words[alive, :t] if constraints.block_ngrams else None
        chosen, token = choose(constraints.allow(t, logits, alive, said), alive, t)
        if probabilities:
            chosen = log_probabilities(chosen.unsqueeze(1), logits).squeeze(1)
        logs[alive, t] = chosen  # or logits, which tell as well whether a word has any probability
        words[alive, t] = token
        if attention and step.weights is not None:
            everyone = step.weights.new_zeros(len(words), step.weights.shape[1])
            looks.append(everyone.index_copy(0, alive, step.weights))
        unfinished = token != EOS
        cut = constraints.cut(t + 1, alive)
        going = (unfinished if cut is None else unfinished & ~cut).nonzero().squeeze(1)
        if not len(going):
            break
        state = step.state
        if len(going) < len(alive):
            alive, token, state = alive[going], token[going], state.select(going)
    look = torch.stack(looks, dim=1) if looks else None
    return read_off(words, logs, look, source_lengths, scored=probabilities)
