"""Optimisers: from gradients to better parameters, by the equations of their papers.

An optimiser's state is a table of tensors by name, so that a checkpoint can hold it as it is.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from seq2seq_cli.registry import Registry


class Optimizer(ABC):
    """Parameters by name, and for each one tensors that are carried from step to step.

    Args:
        parameters: what is to be improved.
        weight_decay: lambda; the gradient becomes g + lambda * p (L2 regularisation).
    """

    slots: tuple[str, ...] = ()

    def __init__(self, parameters: Mapping[str, nn.Parameter], weight_decay: float = 0.0) -> None:
        self.parameters = dict(parameters)
        self.weight_decay = weight_decay
        self.steps = 0
        self.state = {
            name: {slot: torch.zeros_like(parameter.data) for slot in self.slots}
            for name, parameter in self.parameters.items()
        }

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """Change every parameter that has a gradient, in place."""
        self.steps += 1
        for name, parameter in self.parameters.items():
            if parameter.grad is not None:
                gradient = parameter.grad
                if self.weight_decay:
                    gradient = gradient.add(parameter, alpha=self.weight_decay)
                self.update(parameter, gradient, self.state[name], learning_rate)

    @abstractmethod
    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Tensor], learning_rate: float
    ) -> None:
        """Change one parameter and its state in place."""

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for parameter in self.parameters.values():
            parameter.grad = None

    def tensors(self) -> dict[str, Tensor]:
        """Return the state as tensors by '<parameter>.<slot>'."""
        return {
            f"{name}.{slot}": tensor for name, slots in self.state.items() for slot, tensor in slots.items()
        }

    def load(self, tensors: Mapping[str, Tensor], steps: int) -> None:
        """Take over a state that `tensors` returned, after so many steps.

        Raises:
            KeyError: a tensor is missing.
            RuntimeError: a tensor has another shape.
        """
        self.steps = steps
        for name, tensor in self.tensors().items():
            if tensors[name].shape != tensor.shape:
                raise RuntimeError(
                    f"{name} has shape {tuple(tensors[name].shape)}, not {tuple(tensor.shape)}"
                )
            tensor.copy_(tensors[name])


class SGD(Optimizer):
    """Stochastic gradient descent with momentum (Polyak 1964, in the form of Sutskever et al. 2013).

        v = μ v + g
        p = p - η v

    Args:
        parameters: what is to be improved.
        weight_decay: see Optimizer.
        momentum: μ; 0 is plain gradient descent.
    """

    def __init__(
        self, parameters: Mapping[str, nn.Parameter], weight_decay: float = 0.0, momentum: float = 0.0
    ) -> None:
        self.slots = ("velocity",) if momentum else ()
        self.momentum = momentum
        super().__init__(parameters, weight_decay)

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Tensor], learning_rate: float
    ) -> None:
        """Take one step down, with the run-up of those before."""
        velocity = state["velocity"].mul_(self.momentum).add_(gradient) if self.momentum else gradient
        parameter.add_(velocity, alpha=-learning_rate)


class Adam(Optimizer):
    """Adaptive moment estimation (Kingma & Ba 2015, algorithm 1).

        m = β₁ m + (1 - β₁) g
        v = β₂ v + (1 - β₂) g²
        p = p - η (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε)

    with β₁ = 0.9, β₂ = 0.999 and ε = 10⁻⁸, as the paper recommends.

    Args:
        parameters: what is to be improved.
        weight_decay: see Optimizer.
    """

    slots = ("mean", "variance")
    beta1, beta2, epsilon = 0.9, 0.999, 1e-8

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Tensor], learning_rate: float
    ) -> None:
        """Take one step, each coordinate at its own pace."""
        mean = state["mean"].lerp_(gradient, 1 - self.beta1)
        variance = state["variance"].mul_(self.beta2).addcmul_(gradient, gradient, value=1 - self.beta2)
        unbiased = math.sqrt(1 - self.beta2**self.steps)
        pace = learning_rate / (1 - self.beta1**self.steps)
        parameter.addcdiv_(mean, (variance.sqrt() / unbiased).add_(self.epsilon), value=-pace)


def clip_gradients(parameters: Mapping[str, nn.Parameter], limit: float | None) -> float:
    """Return the gradient's norm over all parameters, and scale it down to `limit` where it is longer.

    A step keeps its direction and loses its length (Pascanu, Mikolov & Bengio 2013, algorithm 1).
    """
    gradients = [parameter.grad for parameter in parameters.values() if parameter.grad is not None]
    norm = float(torch.stack([gradient.norm() for gradient in gradients]).norm()) if gradients else 0.0
    if limit is not None and norm > limit:
        for gradient in gradients:
            gradient.mul_(limit / norm)
    return norm


OPTIMIZERS: Registry[type[SGD] | type[Adam]] = Registry("optimizer", {"sgd": SGD, "adam": Adam})
