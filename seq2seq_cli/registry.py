"""Registry: a read-only table of variants, whose KeyError says "did you mean"."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from seq2seq_cli.errors import UnknownNameError

T = TypeVar("T")


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return a sentence that names the nearest choice, or all of them when none is near."""
    choices = list(choices)
    near = difflib.get_close_matches(name, choices, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Choose from: {', '.join(choices)}."


class Registry(Mapping[str, T]):
    """A visible table: what a kind of thing is called, and its variants by name.

    Looking up an unknown name raises UnknownNameError, which is also a KeyError.
    """

    def __init__(self, kind: str, entries: Mapping[str, T]) -> None:
        self.kind = kind
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> T:
        try:
            return self._entries[name]
        except KeyError:
            hint = did_you_mean(str(name), self)
            raise UnknownNameError(f"There is no {self.kind} {name!r}.", hint) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Registry({self.kind!r}: {', '.join(self)})"
