"""Teacher forcing: when the decoder is given the right word before, and when its own guess.

A policy returns a mask (batch, target time), True where the right word is given; None means everywhere,
for which the model has a faster way. The mask at the first step has no meaning: the decoder gets <sos> there.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from seq2seq_cli.registry import Registry


class Forcing(ABC):
    """A policy of teacher forcing: the probability of being given the right word, as training goes on.

    Args:
        unit: what one throw of the coin decides for; see UNITS.

    Raises:
        UnknownNameError: there is no such unit.
    """

    def __init__(self, unit: str = "sentence") -> None:
        self.throws = UNITS[unit]

    @abstractmethod
    def probability(self, step: int) -> float:
        """Return the probability of being forced at an update, so many updates having been made before."""

    def mask(self, target: Tensor, step: int) -> Tensor | None:
        """Return which positions of a target, (batch, time), are forced at an update; None for all of them.

        Coins are thrown with torch's global generator of the CPU, and only where chance decides.
        """
        probability = self.probability(step)
        if probability >= 1:
            return None
        if probability <= 0:
            return torch.zeros_like(target, dtype=torch.bool)
        forced = torch.rand(self.throws(target)) < probability  # (batch or 1, time or 1)
        return forced.to(target.device).expand_as(target)  # (batch, time)


class Always(Forcing):
    """The decoder always reads the right word (Williams & Zipser 1989)."""

    def __init__(self) -> None:
        super().__init__()

    def probability(self, step: int) -> float:
        """Return 1."""
        return 1.0


class Never(Forcing):
    """The decoder always reads its own best guess, as it does when it translates."""

    def __init__(self) -> None:
        super().__init__()

    def probability(self, step: int) -> float:
        """Return 0."""
        return 0.0


class Ratio(Forcing):
    """The same probability throughout.

    Args:
        ratio: the probability of being forced.
        unit: see Forcing.
    """

    def __init__(self, ratio: float = 0.5, unit: str = "sentence") -> None:
        super().__init__(unit)
        self.ratio = ratio

    def probability(self, step: int) -> float:
        """Return the ratio."""
        return self.ratio


class Decay(Forcing):
    """Scheduled sampling: from the right word to the decoder's own (Bengio et al. 2015, section 2.4).

        ε(step) = max(floor, course(step))

    Args:
        decay_steps: how many updates the decay takes; what that means, its course says.
        floor: the probability that stays.
        unit: see Forcing.
    """

    def __init__(self, decay_steps: int = 1000, floor: float = 0.0, unit: str = "sentence") -> None:
        super().__init__(unit)
        self.decay_steps = decay_steps
        self.floor = floor

    def probability(self, step: int) -> float:
        """Return the course's probability, or the floor where that is higher."""
        return max(self.floor, self.course(step))

    @abstractmethod
    def course(self, step: int) -> float:
        """Return the probability as it would be without a floor; below 0 means 0."""


class LinearDecay(Decay):
    """Falls in a straight line, to its end after the decay steps.

    course(step) = 1 - step / decay steps
    """

    def course(self, step: int) -> float:
        """Return the line's height."""
        return 1 - step / self.decay_steps


class ExponentialDecay(Decay):
    """Falls fast and then ever slower, to 37 % after the decay steps.

    course(step) = k^step,   k = exp(-1 / decay steps)
    """

    def course(self, step: int) -> float:
        """Return the power."""
        return math.exp(-step / self.decay_steps)


class InverseSigmoidDecay(Decay):
    """Stays high, falls and comes to rest; halfway after k ln k updates.

    course(step) = k / (k + exp(step / k)),   k = decay steps
    """

    def course(self, step: int) -> float:
        """Return the sigmoid, multiplied by exp(-step / k) above and below, which never overflows."""
        k = self.decay_steps
        shrunk = k * math.exp(-step / k)
        return shrunk / (shrunk + 1)


def one_a_batch(_target: Tensor) -> tuple[int, int]:
    """Throw once for all of a target, (batch, time)."""
    return 1, 1


def one_a_sentence(target: Tensor) -> tuple[int, int]:
    """Throw once for each sentence: forced from its start to its end, or not at all."""
    return target.shape[0], 1


def one_a_token(target: Tensor) -> tuple[int, int]:
    """Throw for every token."""
    return target.shape[0], target.shape[1]


UNITS: Registry[Callable[[Tensor], tuple[int, int]]] = Registry(
    "teacher forcing unit", {"batch": one_a_batch, "sentence": one_a_sentence, "token": one_a_token}
)

FORCINGS: Registry[type[Forcing]] = Registry(
    "teacher forcing policy",
    {
        "always": Always,
        "never": Never,
        "ratio": Ratio,
        "linear": LinearDecay,
        "exponential": ExponentialDecay,
        "inverse_sigmoid": InverseSigmoidDecay,
    },
)
