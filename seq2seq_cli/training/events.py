"""What a training loop tells its caller, and what validation tells the loop."""

from dataclasses import dataclass


class _Timed:
    """An event that knows how much has been learnt from, and in what time."""

    target_tokens: int
    seconds: float

    @property
    def tokens_per_second(self) -> float:
        """Target tokens a second, over the whole training so far."""
        return self.target_tokens / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class Sample:
    """One sentence of the valid part, and what the model makes of it."""

    source: str
    reference: str
    output: str


@dataclass(frozen=True)
class Scores:
    """What validation gives back."""

    loss: float  # nats a word, teacher-forced
    bleu: float
    bleu_any: float
    exact_match: float
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True)
class Step(_Timed):
    """One update of the parameters."""

    step: int  # updates so far
    epoch: int  # the first is 1
    loss: float  # of this update's batches, nats a word
    learning_rate: float
    gradient_norm: float  # before clipping
    target_tokens: int  # so far, <eos> counted
    seconds: float  # of training so far, validation not counted


@dataclass(frozen=True)
class Validated:
    """The valid part was translated and scored."""

    step: int
    epoch: int
    loss: float  # nats a word, teacher-forced
    perplexity: float
    bleu: float  # against each pair's own reference
    bleu_any: float  # against all references of the same source
    exact_match: float  # per cent; any reference of the same source counts
    seconds: float
    best: bool  # whether none before had a better score
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True)
class Finished(_Timed):
    """The last update was made."""

    step: int
    epoch: int
    target_tokens: int
    seconds: float
    best_step: int | None  # the one with the best score; None without a valid part
    stopped_early: bool = False  # the score had not become better for long enough


Event = Step | Validated | Finished
