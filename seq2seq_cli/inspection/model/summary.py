"""A model in numbers: its layers, one by one, and what they come to."""

from dataclasses import dataclass

import torch
from torch import nn

from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.inspection.model.arithmetic import Unit, Work, count_work
from seq2seq_cli.inspection.model.memory import Footprint, measure_memory, sentences_in_a_batch
from seq2seq_cli.inspection.model.plan import Plan
from seq2seq_cli.models.seq2seq import Seq2Seq

_SIZES = (("num_embeddings", "embedding_dim"), ("in_features", "out_features"), ("input_size", "hidden_size"))


@dataclass(frozen=True)
class Layer:
    """A module with parameters of its own, or one that multiplies what others hand it, as attention does."""

    name: str  # as in checkpoints
    kind: str  # for example "LSTMCell 256 → 512"
    shapes: dict[str, tuple[int, ...]]  # of its parameters
    tied: dict[str, str]  # those that are another layer's too: own name -> name where they are counted
    parameters: int  # tied ones are counted with the layer that comes first in checkpoints
    share: float  # per cent of all parameters
    multiply_adds: int
    per: Unit | None  # what they are counted for; None where the model never uses the layer


@dataclass(frozen=True)
class Multiplications:
    """Multiply-adds of all layers."""

    source: int  # a source token
    sentence: int  # a sentence pair, on the way from encoder to decoder
    target: int  # a target token


@dataclass(frozen=True)
class ModelSummary:
    """A model in numbers."""

    layers: list[Layer]  # in the order in which data meet them
    parameters: int
    multiply_adds: Multiplications
    memory: Footprint
    tokens: int  # in each sentence, source and target alike, that was made up to measure with; <eos> counted
    sentences: int  # in a batch of the config's size, for the memory of training


def summarise_model(plan: Plan) -> ModelSummary:
    """Return a model in numbers; the random generators are left as they were.

    Raises:
        ConfigError: the config names what the registries lack, or widths that do not fit together.
    """
    with torch.random.fork_rng(devices=[]):
        model = build_model(plan.config.model, plan.source_words, plan.target_words)
        work = count_work(model, plan.batch(2))
        memory = measure_memory(model, plan)
    layers = _layers(model, work)
    return ModelSummary(
        layers,
        sum(layer.parameters for layer in layers),
        Multiplications(*(_sum(work, unit) for unit in ("source", "sentence", "target"))),
        memory,
        plan.tokens,
        sentences_in_a_batch(plan.config.training, plan.tokens),
    )


def _sum(work: Work, wanted: str) -> int:
    return sum(count for (_, unit), count in work.items() if unit == wanted)


def _layers(model: Seq2Seq, work: Work) -> list[Layer]:
    """Return all layers: what data meet first, what they never meet last."""
    total = sum(parameter.numel() for parameter in model.parameters())
    counted_as = {id(parameter): name for name, parameter in model.named_parameters()}  # of the first owner
    modules = dict(model.named_modules())
    rows: dict[tuple[str, Unit | None], int] = dict(work.items())
    met = {name for name, _ in work}
    for name, module in modules.items():
        if name not in met and next(module.parameters(recurse=False), None) is not None:
            rows[name, None] = 0
    layers: list[Layer] = []
    for (name, unit), multiply_adds in rows.items():
        again = any(layer.name == name for layer in layers)  # it works for two units: two rows, one to hold
        if again and not multiply_adds:
            continue
        held = {} if again else dict(modules[name].named_parameters(recurse=False))
        names = {own: counted_as[id(parameter)] for own, parameter in held.items()}
        tied = {own: first for own, first in names.items() if first != f"{name}.{own}"}
        parameters = sum(parameter.numel() for own, parameter in held.items() if own not in tied)
        layers.append(
            Layer(
                name,
                _kind(modules[name]),
                {own: tuple(parameter.shape) for own, parameter in held.items()},
                tied,
                parameters,
                100 * parameters / total,
                multiply_adds,
                unit,
            )
        )
    return layers


def _kind(module: nn.Module) -> str:
    """Return the name of a module's class, and from what width to what it goes, where it knows."""
    for sizes in _SIZES:
        if all(hasattr(module, size) for size in sizes):
            return f"{type(module).__name__} {' → '.join(str(getattr(module, size)) for size in sizes)}"
    return type(module).__name__
