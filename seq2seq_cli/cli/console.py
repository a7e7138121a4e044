"""What a person sees: tables and results on stdout, progress and notes on stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from math import isfinite
from typing import IO, Any, Literal, TextIO, cast

from rich.console import Console
from rich.text import Text

from seq2seq_cli.cli.errors import discard


class _Console(Console):
    """A console that leaves a closed pipe to its caller, instead of ending the program itself."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class _Forgiving:
    """A stream that loses what cannot be written: to a closed pipe, to a full disk."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.encoding = stream.encoding

    def write(self, text: str) -> int:
        try:
            self.stream.write(text)
        except OSError:
            discard(self.stream)
        return len(text)

    def flush(self) -> None:
        try:
            self.stream.flush()
        except OSError:
            discard(self.stream)

    def isatty(self) -> bool:
        return self.stream.isatty()

    def fileno(self) -> int:
        return self.stream.fileno()


_WIDTH_OF_A_FILE = 1000  # off a terminal nothing is folded


def stdout() -> Console:
    """Return where results go."""
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_FILE
    return _Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)


def stderr() -> Console:
    """Return where everything else goes; that it cannot be written ends no training."""
    return _Console(file=cast("IO[str]", _Forgiving(sys.stderr)), highlight=False, markup=False, emoji=False)


def columns() -> int:
    """Return how many columns a drawing may have: the terminal's, 80 at most, and 80 off a terminal."""
    return min(stdout().width, 80)


def note(message: str) -> None:
    """Tell the user something that is no result."""
    stderr().print(message, soft_wrap=True)


def remark(remarks: Iterable[str]) -> None:
    """Tell the user what may not be as meant."""
    for text in remarks:
        note(f"Note: {text}")


def say(message: str = "") -> None:
    """Print a line of a result."""
    stdout().print(message, soft_wrap=True)


def prose(message: str) -> None:
    """Print sentences, folded between words where the terminal ends."""
    stdout().print(message)


def print_json(document: Any) -> None:
    """Print one JSON document; a dataclass becomes an object, and null what JSON has no number for."""
    text = json.dumps(_plain(document), ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write(text + "\n")


def _plain(value: Any) -> Any:
    """Return a value in terms of JSON's, dataclasses as dictionaries, NaN and infinities as None."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; columns whose name begins with > are numbers, set to the right."""
    from rich.box import SIMPLE_HEAD  # not above: who translates draws no table and does not wait for it
    from rich.table import Table

    console = stdout()
    drawn = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        right = column.startswith(">")
        justify: Literal["right", "left"] = "right" if right else "left"
        drawn.add_column(column.removeprefix(">"), justify=justify, no_wrap=right, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(shown(value)) for value in row))
    console.print(drawn)


def shown(value: object) -> str:
    """Return a value as tables show it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.3g}"
    return str(value)


def shortened(text: str, limit: int = 60) -> str:
    """Return a text of a user's on one line, cut where it is long, without signs that steer a terminal."""
    seen = "".join(sign if sign.isprintable() else " " for sign in text[: limit + 1])
    return seen if len(text) <= limit else seen[: limit - 1] + "…"


def clock(seconds: float) -> str:
    """Return a time as hours, where there are any, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def span(first: int, last: int | None) -> str:
    """Return a range of numbers, both ends among them; without a last one it has no end."""
    if last is None:
        return f"{first:,}+"
    return f"{first:,}" if first == last else f"{first:,}-{last:,}"
