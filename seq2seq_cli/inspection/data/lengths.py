"""How long sentences are, in as many bars as a screen has room for."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

_REACH = 0.99  # so many of the sentences are shown with bars of one width; the last bar has the rest


@dataclass(frozen=True)
class LengthBar:
    """How many sentences are of certain lengths."""

    first: int  # words
    last: int | None  # None: any number from the first on
    source: int  # sentences
    target: int


def length_bars(source: dict[int, int], target: dict[int, int], most: int = 16) -> list[LengthBar]:
    """Return both sides' histogram in `most` bars or fewer.

    The bars are 1, 2, 5, 10, 20, ... words wide; a long tail is one bar.

    Args:
        source: words -> sentences.
        target: words -> sentences.
        most: how many bars there may be, at least 2.
    """
    longest = max([*source, *target], default=0)
    reach = max(_reach(source), _reach(target))
    width = next(width for width in _widths() if -(-reach // width) < most)
    tail = most - 1 if -(-longest // width) > most else longest
    bars = [Counter[int](), Counter[int]()]
    for side, lengths in zip(bars, (source, target), strict=True):
        for length, sentences in lengths.items():
            side[min((length - 1) // width, tail)] += sentences
    numbers = bars[0].keys() | bars[1].keys()
    return [
        LengthBar(
            max(0, number * width + 1),
            None if number == tail else (number + 1) * width,
            *(side[number] for side in bars),
        )
        for number in range(min(numbers, default=0), max(numbers, default=-1) + 1)
    ]


def _reach(lengths: dict[int, int]) -> int:
    """Return the length that all but a few of the sentences do not exceed."""
    left = sum(lengths.values()) * (1 - _REACH)
    for length in sorted(lengths, reverse=True):
        left -= lengths[length]
        if left < 0:
            return length
    return 0


def _widths() -> Iterator[int]:
    for power in count():
        yield from (10**power, 2 * 10**power, 5 * 10**power)
