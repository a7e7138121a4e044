"""How a config looks to a person."""

from textwrap import wrap

from seq2seq_cli.cli.console import stdout, table
from seq2seq_cli.config import KeyInfo

_WIDE = 170  # columns, from which on a key takes one line
_KEY, _VALUE, _ORIGIN = 36, 15, 21  # columns, where it takes several


def config(keys: list[KeyInfo]) -> None:
    """Every key, its value, where it comes from, what it means."""
    if stdout().width < _WIDE:
        columns = ["key", "value", "from"]
        rows = [[_with_meaning(key), _folded(key.text, _VALUE), _folded(key.origin, _ORIGIN)] for key in keys]
    else:
        columns = ["key", "value", "from", "what it means"]
        rows = [[key.key, key.text, key.origin, key.description] for key in keys]
    table("config", columns, rows)


def _with_meaning(key: KeyInfo) -> str:
    meaning = wrap(key.description, _KEY, initial_indent="  ", subsequent_indent="  ")
    return "\n".join([key.key, *meaning])


def _folded(text: str, width: int) -> str:
    return "\n".join(wrap(text, width))
