"""Several models that speak with one voice."""

import math
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
    """The mean of several models' probabilities, word by word: p(w) = 1/M Σ_m p_m(w).

    (Sutskever, Vinyals & Le 2014, section 3.6.) Where members look back at the source, the ensemble looks
    where they look on the mean.

    Args:
        models: the members, which read the same source and have the same target vocabulary.
    """

    def __init__(self, models: Sequence[Steppable[Any]]) -> None:
        self.models = tuple(models)

    def start(self, source: Tensor, lengths: Tensor) -> EnsembleState:
        """Return the state before the first word; a row a source sentence."""
        return EnsembleState(tuple(model.start(source, lengths) for model in self.models))

    def step(self, token: Tensor, state: EnsembleState) -> EnsembleStep:
        """Read a word a row, (rows,), and return the mean probabilities' logarithms and the state after."""
        steps = [model.step(token, member) for model, member in zip(self.models, state.members, strict=True)]
        logs = torch.stack([step.logits.float().log_softmax(dim=1) for step in steps])
        looks = [step.weights for step in steps if step.weights is not None]
        return EnsembleStep(
            logs.logsumexp(dim=0) - math.log(len(steps)),
            EnsembleState(tuple(step.state for step in steps)),
            torch.stack(looks).mean(dim=0) if looks else None,
        )
