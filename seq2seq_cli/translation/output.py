"""What becomes of a line."""

from dataclasses import dataclass

Weights = tuple[tuple[float, ...], ...]
"""Where attention lay: a row a token of the output, and in it a number a token of the source, <eos> last."""


@dataclass(frozen=True)
class Output:
    """One possible translation."""

    text: str
    log_probability: float  # nats, of all its tokens; NaN: not asked for
    tokens: tuple[str, ...] = ()  # as the model said them; <eos> is the last, unless the output was cut off
    token_log_probabilities: tuple[float, ...] = ()  # nats, one a token
    attention: Weights | None = None  # None unless it was asked for


@dataclass(frozen=True)
class Translation:
    """A line and what became of it."""

    source: str
    outputs: tuple[Output, ...]  # the best first; a blank line has one, which is blank
    tokens: tuple[str, ...]  # of the source, as they were read, without <eos>; none of a blank line
    unknown: tuple[str, ...]  # those that the vocabulary lacks
    left_out: int = 0  # how many more tokens the line has: it was too long, and its end was not read

    @property
    def text(self) -> str:
        """The best output."""
        return self.outputs[0].text
