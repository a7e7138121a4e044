"""A model's parameters: their shapes and counts."""

from dataclasses import dataclass

from torch import nn

from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.config import Config
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.runs import Run


@dataclass(frozen=True)
class Parameter:
    """One tensor of parameters."""

    name: str
    shape: tuple[int, ...]
    count: int
    share: float  # per cent of all parameters


@dataclass(frozen=True)
class ParameterTable:
    """All parameters of a model."""

    parameters: list[Parameter]
    total: int
    megabytes: float


def model_of_run(run: Run) -> Seq2Seq:
    """Return a run's model as its config describes it; it needs no checkpoint."""
    return build_model(run.config.model, len(run.source_vocabulary), len(run.target_vocabulary))


def model_of_config(config: Config, dataset: Dataset) -> Seq2Seq:
    """Return the model that a config would train on a data set."""
    return build_model(config.model, len(dataset.source_vocabulary), len(dataset.target_vocabulary))


def parameter_table(model: nn.Module) -> ParameterTable:
    """Return the model's parameters in the order in which data meet them."""
    total = sum(parameter.numel() for parameter in model.parameters())
    rows = [
        Parameter(name, tuple(parameter.shape), parameter.numel(), 100 * parameter.numel() / total)
        for name, parameter in model.named_parameters()
    ]
    return ParameterTable(rows, total, sum(p.numel() * p.element_size() for p in model.parameters()) / 1e6)
