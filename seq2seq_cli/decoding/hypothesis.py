"""What searches look for, and what they see of a model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from torch import Tensor

from seq2seq_cli.symbols import EOS

NOTHING = -1
"""Stands where a row of words has no word yet; the model may give any real index, <pad> even."""

Weights = tuple[tuple[float, ...], ...]
"""Where attention lay: a row a token, and one for <eos>; in a row the source's tokens, its <eos> last."""


@dataclass(frozen=True)
class Hypothesis:
    """A possible output.

    Its probabilities are the model's own, whatever the search did to find it: a temperature, a penalty or a
    constraint changes which hypotheses are found, not how probable they are.
    """

    tokens: tuple[int, ...]  # without <eos>
    log_probability: float  # nats, of all tokens and <eos>; where cut off, of the tokens; NaN: not asked for
    finished: bool  # False where the greatest length cut it off before <eos>
    token_log_probabilities: tuple[float, ...] = ()  # one a token, and one for <eos>; their sum is the above
    attention: Weights | None = None  # None unless asked for, and of a model that has none

    @classmethod
    def of(
        cls,
        words: Sequence[int],
        log_probabilities: Sequence[float],
        attention: Weights | None = None,
        *,
        scored: bool = True,
    ) -> "Hypothesis":
        """Return what words, the last of which may be <eos>, and their log-probabilities amount to.

        If the probabilities are no numbers, or nothing has any, as of a model whose parameters are ruined, it
        is the empty output, which has none either.

        Args:
            words: with <eos>, if it was said.
            log_probabilities: one a word; where not scored, logits will do.
            attention: where it lay.
            scored: whether the hypothesis comes with its probabilities.
        """
        if not all(map(math.isfinite, log_probabilities)):
            return IMPOSSIBLE
        finished = bool(words) and words[-1] == EOS
        tokens = tuple(words[:-1] if finished else words)
        if not scored:
            return cls(tokens, math.nan, finished, (), attention)
        total = math.fsum(log_probabilities)
        return cls(tokens, total, finished, tuple(log_probabilities), attention)


IMPOSSIBLE = Hypothesis((), -math.inf, finished=False)
"""What a search gives where it finds nothing that has a probability."""


def read_off(
    words: Tensor,
    log_probabilities: Tensor,
    attention: Tensor | None,
    source_lengths: Tensor,
    *,
    scored: bool = True,
) -> list[Hypothesis]:
    """Return the hypotheses that rows of words amount to.

    Args:
        words: (rows, time), filled up with NOTHING.
        log_probabilities: of each word, (rows, time); where not scored, logits will do.
        attention: (rows, time, source time), or None.
        source_lengths: (rows,), of each row's sentence.
        scored: whether hypotheses come with their probabilities.
    """
    counts = (words != NOTHING).sum(dim=1).tolist()
    given = zip(counts, words.tolist(), log_probabilities.tolist(), strict=True)
    if attention is None:
        return [Hypothesis.of(row[:count], logs[:count], scored=scored) for count, row, logs in given]
    looks = zip(attention.tolist(), source_lengths.tolist(), strict=True)
    return [
        Hypothesis.of(
            *(row[:count], logs[:count], tuple(tuple(look[:length]) for look in of_row[:count])),
            scored=scored,
        )
        for (count, row, logs), (of_row, length) in zip(given, looks, strict=True)
    ]


S = TypeVar("S", bound="Selectable")


class Selectable(Protocol):
    """Whatever a model needs to know at a step, a row a hypothesis."""

    def select(self: S, rows: Tensor) -> S:
        """Return the given rows, in that order.

        Args:
            rows: (n,) indices, one of which may come more than once; or (sentences, width), each line those
                of one sentence and the lines in the order that the sentences have had: what is the same for
                all hypotheses of a sentence need not be copied then. Without lines, rows are sentences.
        """
        ...


S_co = TypeVar("S_co", bound=Selectable, covariant=True)


class StepOutput(Protocol[S_co]):
    """What a model gives at a step."""

    @property
    def logits(self) -> Tensor:
        """(rows, vocabulary)."""
        ...

    @property
    def state(self) -> S_co:
        """The state after the step."""
        ...

    @property
    def weights(self) -> Tensor | None:
        """Attention over the source, (rows, source time), if the model has any."""
        ...


class Steppable(Protocol[S]):
    """A model as a search sees it."""

    def start(self, source: Tensor, lengths: Tensor) -> S:
        """Return the state before the first word; a row a source sentence."""
        ...

    def step(self, token: Tensor, state: S) -> StepOutput[S]:
        """Read a word a row, (rows,), and return the next word's logits and the state after."""
        ...
