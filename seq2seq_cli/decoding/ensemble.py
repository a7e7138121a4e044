"""Several models that speak with one voice."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from seq2seq_cli.decoding.hypothesis import Steppable


class EnsembleState(NamedTuple):
    """What each model needs to know at a step."""

    members: tuple[Any, ...]

    def select(self, rows: Tensor) -> "EnsembleState":
        """Return the given rows of every member; see Selectable."""
        return EnsembleState(tuple(member.select(rows) for member in self.members))


class EnsembleStep(NamedTuple):
    """What all models together give at a step."""

    logits: Tensor  # (rows, vocabulary), which are log-probabilities
    state: EnsembleState
    weights: Tensor | None  # (rows, source time)


class Ensemble:
    """The mean of several models' probabilities, word by word: log p(w) = log Σ_m v_m p_m(w).

    (Sutskever, Vinyals & Le 2014, section 3.6, and Bahdanau's toolkits after them.) Where members look back
    at the source, the ensemble looks where they look on the mean.

    Args:
        models: the members, which read the same source and have the same target vocabulary.
        weights: how much each counts; None for equal ones. They need not sum to 1.
    """

    def __init__(self, models: Sequence[Steppable[Any]], weights: Sequence[float] | None = None) -> None:
        weights = weights or [1.0] * len(models)
        if len(weights) != len(models) or min(weights) <= 0:
            raise ValueError(f"{len(models)} models want as many weights greater than 0, not {weights}")
        self.models = tuple(models)
        self.weights = tuple(weight / sum(weights) for weight in weights)

    def start(self, source: Tensor, lengths: Tensor) -> EnsembleState:
        """Return the state before the first word; a row a source sentence."""
        return EnsembleState(tuple(model.start(source, lengths) for model in self.models))

    def step(self, token: Tensor, state: EnsembleState) -> EnsembleStep:
        """Read a word a row, (rows,), and return the mean probabilities' logarithms and the state after."""
        steps = [model.step(token, member) for model, member in zip(self.models, state.members, strict=True)]
        logs = [step.logits.float().log_softmax(dim=1) for step in steps]
        shares = logs[0].new_tensor(self.weights).log().view(-1, 1, 1)
        logits = (torch.stack(logs) + shares).logsumexp(dim=0)
        return EnsembleStep(logits, EnsembleState(tuple(step.state for step in steps)), self._looks(steps))

    def _looks(self, steps: Sequence[Any]) -> Tensor | None:
        """Return the mean of the weights of those that have some, (rows, source time)."""
        looking = [
            (share, step.weights)
            for share, step in zip(self.weights, steps, strict=True)
            if step.weights is not None
        ]
        if not looking:
            return None
        total = torch.stack([share * weights for share, weights in looking]).sum(dim=0)
        return total / sum(share for share, _ in looking)
