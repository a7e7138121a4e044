"""How far a training has come, and a trainer at rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass
class Progress:
    """How far a training has come; with the tensors' state, all that is needed to go on."""

    step: int = 0  # updates so far
    epoch: int = 1
    batch: int = 0  # batches of this epoch that are done
    validated_step: int = 0  # the last step after which the valid part was scored
    waited: int = 0  # validations in a row that have not been better
    best_step: int | None = None
    best_rank: Sequence[float] | None = None  # of the best validation
    first_loss: float | None = None
    strikes: int = 0  # exploded losses in a row
    schedule: Mapping[str, int] = field(default_factory=dict)
    target_tokens: int = 0
    seconds: float = 0.0

    @property
    def epoch_of_step(self) -> int:
        """The epoch of the last update, which may be over."""
        return self.epoch if self.batch else self.epoch - 1


@dataclass(frozen=True)
class TrainerState:
    """A trainer at rest: tensors by name, and plain numbers."""

    tensors: Mapping[str, Tensor]
    progress: Mapping[str, Any]
