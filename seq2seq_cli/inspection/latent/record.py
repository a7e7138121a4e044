"""What there is to see of context vectors."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NearSentence:
    """A sentence of the data."""

    text: str
    cosine: float  # of the angle between its context vector and the other's


@dataclass(frozen=True)
class Context:
    """A sentence, and those of the data whose context vectors point in nearly the same direction."""

    text: str
    nearest: list[NearSentence]  # the nearest first


@dataclass(frozen=True)
class Stop:
    """A stop on the straight line between two context vectors."""

    position: float  # from 0, the first sentence, to 1, the second
    text: str  # what the decoder makes of it, greedily
    log_probability: float  # nats, of all its tokens and <eos>


@dataclass(frozen=True)
class Latent:
    """Where sentences lie in the space of a run's context vectors."""

    run: str
    checkpoint: str
    step: int
    part: str  # whose sentences were compared
    size: int  # of a context vector
    contexts: list[Context]
    cosine: float | None  # between the two sentences; None for one
    line: list[Stop]  # empty for one sentence
