"""A conversation: a line is typed, its answer shown, and the next one asked for."""

import io
import sys
from collections.abc import Iterator
from types import ModuleType

from seq2seq_cli.cli.console import note, say

_PROMPT = "> "


def typed_lines() -> Iterator[str]:
    """Ask for lines until Ctrl-D.

    Where Python has readline, lines can be edited, and earlier ones come back. Ctrl-C drops what has been
    typed; where nothing has been, it ends the program.

    Raises:
        KeyboardInterrupt: Ctrl-C at an empty line.
    """
    editor = _line_editor()
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    note("Type a sentence; Ctrl-D ends.")
    while True:
        try:
            line = input(_PROMPT)
        except EOFError:  # noqa: PERF203  # it waits for a person
            say()
            return
        except KeyboardInterrupt:
            say()
            if editor is None or not editor.get_line_buffer():
                raise
        else:
            yield line


def _line_editor() -> ModuleType | None:
    """Return readline, with which input() can do more as soon as it is imported."""
    try:
        import readline
    except ImportError:
        return None
    return readline
