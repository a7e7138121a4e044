"""Optimisers: from gradients to better parameters, by the equations of their papers.

An optimiser's state is a table of tensors by name, so that a checkpoint can hold it as it is.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.optim.adam import adam
from torch.optim.adamw import adamw

from seq2seq_cli.errors import ConfigError
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
    def step(self, learning_rate: float, shrinkage: float = 1.0) -> None:
        """Change every parameter that has a gradient, in place.

        Args:
            learning_rate: how large a step is.
            shrinkage: what every gradient is multiplied by, before anything else is done with it; where it is
                not 1, the gradients may be other ones afterwards.
        """
        self.steps += 1
        learning = [name for name, parameter in self.parameters.items() if parameter.grad is not None]
        if learning:
            self.update(learning, learning_rate, shrinkage)

    @abstractmethod
    def update(self, names: Sequence[str], learning_rate: float, shrinkage: float) -> None:
        """Change the parameters of these names, which have gradients, and their state, in place."""

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
        p = p - η v             or, with Nesterov's momentum,
        p = p - η (g + μ v)

    Nesterov's momentum takes the gradient at the place where the run-up alone would lead (Sutskever et al.
    2013, section 2, equations 3 and 4); the parameters p are these places, as in torch.

    Args:
        parameters: what is to be improved.
        weight_decay: see Optimizer.
        momentum: μ; 0 is plain gradient descent.
        nesterov: look ahead along the momentum.

    Raises:
        ConfigError: Nesterov's momentum, and no momentum.
    """

    def __init__(
        self,
        parameters: Mapping[str, nn.Parameter],
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        if nesterov and not momentum:
            raise ConfigError(
                "training.nesterov looks ahead along the momentum, and training.momentum is 0.",
                "Set training.momentum to 0.9, for example, or training.nesterov to false.",
            )
        self.slots = ("velocity",) if momentum else ()
        self.momentum = momentum
        self.nesterov = nesterov
        super().__init__(parameters, weight_decay)

    def update(self, names: Sequence[str], learning_rate: float, shrinkage: float) -> None:
        """Take one step down, with the run-up of those before."""
        for name in names:
            parameter = self.parameters[name]
            gradient = cast("Tensor", parameter.grad)
            if shrinkage != 1:
                gradient = gradient * shrinkage
            if self.weight_decay:
                gradient = gradient.add(parameter, alpha=self.weight_decay)
            velocity = gradient
            if self.momentum:
                velocity = self.state[name]["velocity"].mul_(self.momentum).add_(gradient)
            direction = gradient.add(velocity, alpha=self.momentum) if self.nesterov else velocity
            parameter.add_(direction, alpha=-learning_rate)


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
    kernel: Callable[..., None] = staticmethod(adam)

    def update(self, names: Sequence[str], learning_rate: float, shrinkage: float) -> None:
        """Take one step, each coordinate at its own pace.

        By torch's kernels: the equations are nothing but passes over memory, and a fused kernel takes one
        where tensor operations take eight.
        """
        parameters = [self.parameters[name] for name in names]
        kind = parameters[0].device.type
        fused = kind in ("cpu", "cuda")
        gradients = [cast("Tensor", parameter.grad).contiguous() for parameter in parameters]
        scale = None
        if shrinkage != 1 and fused:
            scale = torch.full((), 1 / shrinkage, device=parameters[0].device)
        elif shrinkage != 1:
            gradients = [gradient * shrinkage for gradient in gradients]
        self.kernel(
            parameters,
            gradients,
            [self.state[name]["mean"] for name in names],
            [self.state[name]["variance"] for name in names],
            [],
            [torch.full((), self.steps - 1.0, device=kind if fused else "cpu") for _ in names],
            fused=fused,
            grad_scale=scale,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=learning_rate,
            weight_decay=self.weight_decay,
            eps=1e-8,
            maximize=False,
        )


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2).

        p = p - η λ p           and then Adam's step, whose m and v know nothing of λ

    so that all parameters shrink at the same pace, however large their gradients are. λ is multiplied by the
    learning rate, as in torch.

    Args:
        parameters: what is to be improved.
        weight_decay: λ.
    """

    kernel = staticmethod(adamw)


def gradient_norm(parameters: Mapping[str, nn.Parameter]) -> Tensor:
    """Return the length of the gradient with respect to all parameters together, a number on their device."""
    gradients = [parameter.grad for parameter in parameters.values() if parameter.grad is not None]
    if not gradients:
        return torch.zeros(())
    # Of rows first: threads share these, and do not share a sum of all.
    norms = torch.cat([torch.linalg.vector_norm(gradient, dim=-1).flatten() for gradient in gradients])
    norm: Tensor = torch.linalg.vector_norm(norms)
    return norm


OPTIMIZERS: Registry[type[Optimizer]] = Registry("optimizer", {"sgd": SGD, "adam": Adam, "adamw": AdamW})
