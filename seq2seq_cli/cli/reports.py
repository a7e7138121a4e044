"""What is wrong with lines of the input: told, but not without end."""

import math
from collections import Counter
from types import TracebackType
from typing import NamedTuple

from seq2seq_cli.cli.console import note
from seq2seq_cli.lines import LONGEST_LINE
from seq2seq_cli.translation import Translation

_TOLD = 5  # lines of a kind


class Kind(NamedTuple):
    """A way in which lines can be odd."""

    one: str  # goes on after "Line 7"
    all: str  # goes on after "1,234 lines"


NOT_UTF8 = Kind("is not valid UTF-8; what could not be read was replaced", "were not valid UTF-8")
CUT = Kind(
    f"is longer than {LONGEST_LINE:,} bytes; the rest was not read",
    f"were longer than {LONGEST_LINE:,} bytes",
)
TOO_LONG = Kind("is too long; {} of its tokens were not read", "were too long to be read whole")
UNKNOWN = Kind("has no word that the model knows", "had no word that the model knows")
SPEECHLESS = Kind(
    "has no translation, for the model gives no word a probability: s2s inspect doctor may tell why",
    "had no translation",
)
BROKEN = Kind("was not translated: {}", "were not translated, for they could not be understood")


class Reports:
    """Tells the first lines of each kind as they come, and at the end how many there were of the others."""

    def __init__(self) -> None:
        self._counts: Counter[Kind] = Counter()

    def __enter__(self) -> "Reports":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for odd, count in self._counts.items():
            if count > _TOLD and error is None:
                note(f"In all, {count:,} lines {odd.all}.")

    def tell(self, number: int, odd: Kind, *details: object) -> None:
        """Tell of a line, the first of which is number 1."""
        self._counts[odd] += 1
        if self._counts[odd] <= _TOLD:
            more = " More such lines are only counted." if self._counts[odd] == _TOLD else ""
            note(f"Line {number:,} {odd.one.format(*details)}.{more}")

    def look_at(self, number: int, translation: Translation) -> None:
        """Tell of a line if its translation cannot be all that it should be."""
        if translation.left_out:
            self.tell(number, TOO_LONG, f"{translation.left_out:,}")
        if translation.outputs[0].log_probability == -math.inf:
            self.tell(number, SPEECHLESS)
        if translation.unknown and translation.unknown == translation.tokens:
            self.tell(number, UNKNOWN)
