"""Which outputs are right: every target that the same source has."""

from collections.abc import Iterator
from typing import Protocol


class Texts(Protocol):
    """Sentence pairs as text."""

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield sources and targets."""
        ...


def all_references(part: Texts) -> list[list[str]]:
    """Return, for every pair of a part, each right target of its source: its own first, then the others."""
    pairs = list(part.texts())
    right: dict[str, dict[str, None]] = {}
    for source, target in pairs:
        right.setdefault(source, {})[target] = None
    return [[target, *(other for other in right[source] if other != target)] for source, target in pairs]
