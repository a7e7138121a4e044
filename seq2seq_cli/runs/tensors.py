"""Tensors on disk: safetensors files, and parameters that must fit their model."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from seq2seq_cli.errors import CheckpointError
from seq2seq_cli.files import replacing_file
from seq2seq_cli.models.seq2seq import Seq2Seq


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read tensors by name.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    with _reading(path):
        return load_file(path)


def count_numbers(path: Path) -> int:
    """Return how many numbers the tensors of a file hold; none of them is read.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    with _reading(path), safe_open(path, framework="pt") as file:
        return sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Tell the user what is wrong with a file that cannot be read."""
    try:
        yield
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing.", "Train again, or choose another run.") from None
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path} is damaged, or only a part of it is there ({error}).",
            "Train again, or choose another run.",
        ) from error


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write tensors by name, whole or not at all.

    Raises:
        OutputError: the disk is full, say.
    """
    with replacing_file(path) as temporary:
        try:
            save_file(
                {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, temporary
            )
        except SafetensorError as error:  # a full disk, told in safetensors' words
            raise OSError(str(error)) from error


def load_parameters(model: Seq2Seq, tensors: dict[str, Tensor], path: Path) -> None:
    """Copy parameters into a model.

    Raises:
        CheckpointError: names or shapes are not the model's.
    """
    _check_fit(model, tensors, path)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensors[name])


def load_mean(model: Seq2Seq, paths: Sequence[Path]) -> None:
    """Copy the mean of the parameters of several files into a model; of one file, they themselves.

    theta = (theta_1 + ... + theta_N) / N

    The last checkpoints of a training lie around a minimum, and their mean lies nearer to it than most of
    them (Junczys-Dowmunt et al. 2016; Vaswani et al. 2017, section 6.1). The sums are float64.

    Raises:
        CheckpointError: a file is missing or damaged, or of another model.
    """
    sums: dict[str, Tensor] = {}
    for path in paths:
        tensors = load_tensors(path)
        _check_fit(model, tensors, path)
        for name, tensor in tensors.items():
            if name in sums:
                sums[name] += tensor
            else:
                sums[name] = tensor.double() if len(paths) > 1 else tensor
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(sums[name] / len(paths))


def _check_fit(model: Seq2Seq, tensors: dict[str, Tensor], path: Path) -> None:
    parameters = dict(model.named_parameters())
    for name in [*parameters, *tensors]:
        expected, found = (tuple(t[name].shape) if name in t else None for t in (parameters, tensors))
        if expected != found:
            raise CheckpointError(
                f"{path} does not fit the run's config: {name} should be {expected or 'absent'}, "
                f"and is {found or 'absent'} there.",
                "Was config.yaml edited? Put the `model` section back as it was.",
            )
