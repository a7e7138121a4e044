"""Footprint: what a model and its training hold, measured on the tensors themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from seq2seq_cli.build.choices import choose, make
from seq2seq_cli.build.training import FORCING, OPTIMIZER
from seq2seq_cli.config import TrainingConfig
from seq2seq_cli.corpus.cutting import CUTS
from seq2seq_cli.inspection.model.plan import Plan
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.training.objective import Objective

_FEW, _MORE = 4, 8  # sentences


@dataclass(frozen=True)
class Footprint:
    """What training holds when a forward pass has just ended, in MB of 10^6 bytes."""

    parameters: float
    gradients: float
    optimizer: float  # what it carries from step to step
    activations: float  # what the forward pass keeps for the backward pass, for a whole batch
    training: float  # all of these


def measure_memory(model: Seq2Seq, plan: Plan) -> Footprint:
    """Return what a model needs in training.

    The activations of a large batch are worked out from those of two small ones, so that a large model can be
    looked at on a small machine: they grow by the same amount with every sentence, but for the pages of 4096
    bytes to which oneDNN's LSTM rounds.

    Raises:
        ConfigError: a name that the registries lack.
    """
    training = plan.config.training
    parameters = sum(parameter.nbytes for parameter in model.parameters())
    gradients = sum(parameter.nbytes for parameter in model.parameters() if parameter.requires_grad)
    sentences = sentences_in_a_batch(training, plan.tokens)
    activations = activation_bytes(model, plan, min(sentences, _MORE))
    if sentences > _MORE:
        growth = (activations - activation_bytes(model, plan, _FEW)) // (_MORE - _FEW)
        activations += growth * (sentences - _MORE)
    optimizer = optimizer_bytes(model, training)
    whole = parameters + gradients + optimizer + activations
    return Footprint(parameters / 1e6, gradients / 1e6, optimizer / 1e6, activations / 1e6, whole / 1e6)


def sentences_in_a_batch(training: TrainingConfig, tokens: int) -> int:
    """Return how many sentences of so many tokens make a batch.

    Raises:
        ConfigError: a name that the registries lack.
    """
    cut, size = choose(CUTS, training.batch_by, "training.batch_by"), training.batch_size
    return cut(size, size, lambda: np.full(size, tokens))[1]


def optimizer_bytes(model: nn.Module, training: TrainingConfig) -> int:
    """Return what the optimiser would carry from step to step, beside the parameters themselves.

    Raises:
        ConfigError: a name that the registries lack.
    """
    shapes = {
        name: nn.Parameter(torch.empty_like(parameter, device="meta"))  # without numbers to hold
        for name, parameter in model.named_parameters()
    }
    optimizer = make(OPTIMIZER, training, shapes, training.weight_decay)
    return sum(tensor.nbytes for tensor in optimizer.tensors().values())


class _Kept:
    """A tensor that the graph of a forward pass holds on to."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor.detach()  # the tensor itself would hold the graph that holds it


def activation_bytes(model: Seq2Seq, plan: Plan, sentences: int) -> int:
    """Return what a forward pass keeps for the backward pass, parameters not counted.

    Args:
        model: any; it is run in training mode, with the config's dropout and teacher forcing.
        plan: what the model was built from.
        sentences: how many made-up pairs it is given.
    """
    kept: WeakSet[_Kept] = WeakSet()  # loses what belongs to parts of the graph that lead to no loss

    def keep(tensor: Tensor) -> _Kept:
        wrapped = _Kept(tensor)
        kept.add(wrapped)
        return wrapped

    batch = plan.batch(sentences)
    forced = make(FORCING, plan.config.training.teacher_forcing).mask(batch.target, step=0)
    objective = Objective(model, plan.config.training.label_smoothing).train()
    with saved_tensors_hooks(keep, lambda wrapped: wrapped.tensor):
        loss = objective(batch, forced)
    tensors = [*(wrapped.tensor for wrapped in kept), *_kept_by_hand(loss)]
    storages = [tensor.untyped_storage() for tensor in tensors]
    sizes = {storage.data_ptr(): storage.nbytes() for storage in storages}
    for parameter in model.parameters():
        sizes.pop(parameter.untyped_storage().data_ptr(), None)
    del loss  # and with it all that was kept
    return sum(sizes.values())


def _kept_by_hand(loss: Tensor) -> Iterator[Tensor]:
    """Yield what passes with gradients derived by hand keep, of which autograd knows nothing: ctx.kept."""
    seen, waiting = set(), [loss.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [before for before, _ in node.next_functions]
            yield from _tensors_of(getattr(node, "kept", None))


def _tensors_of(thing: Any) -> Iterator[Tensor]:
    """Yield the tensors that an object of ours is made of."""
    if isinstance(thing, Tensor):
        yield thing
    elif isinstance(thing, (list, tuple)):
        for part in thing:
            yield from _tensors_of(part)
    elif not isinstance(thing, type) and hasattr(thing, "__dict__"):
        yield from _tensors_of(list(vars(thing).values()))
