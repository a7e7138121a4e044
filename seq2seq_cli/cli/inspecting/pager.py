"""Screens that one pages through with keys, on a terminal; elsewhere one after the other."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import typer
from rich.console import Group
from rich.text import Text

from seq2seq_cli.cli.console import stdout

_NEXT = ("n", " ", "\r", "\x1b[C", "\x1bOC", "\x1b[B", "\x1bOB", "\xe0M", "\xe0P", "\x00M", "\x00P")
_BACK = ("p", "b", "\x1b[D", "\x1bOD", "\x1b[A", "\x1bOA", "\xe0K", "\xe0H", "\x00K", "\x00H")
_LEAVE = ("q", "\x1b", "\x04")


@dataclass(frozen=True)
class Screen:
    """What is seen at a time."""

    title: str
    lines: list[Text]


def show(screens: Sequence[Screen]) -> None:
    """Let a person page through screens on a terminal, or print them all."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        _page_through(screens)
        return
    console = stdout()
    for screen in screens:
        for line in (Text(screen.title, "bold"), *screen.lines, Text()):
            console.print(line, soft_wrap=True)


def _page_through(screens: Sequence[Screen]) -> None:
    console = stdout()
    fitting = [part for screen in screens for part in _fitted(screen, console.height - 3)]
    place, last = 0, len(fitting) - 1
    with console.screen(hide_cursor=True) as drawn:
        while True:
            screen = fitting[place]
            help_ = f"{place + 1} of {last + 1}   → n  next   ← p  back   q  leave"
            drawn.update(Group(Text(screen.title, "bold"), *screen.lines, Text(), Text(help_, "dim")))
            key = typer.getchar()
            if key in _LEAVE:
                return
            place += (key in _NEXT) - (key in _BACK)
            place = max(0, min(place, last))


def _fitted(screen: Screen, height: int) -> list[Screen]:
    """Return a screen, in several parts where it is higher than the terminal."""
    size = max(height - 1, 1)
    if len(screen.lines) <= size:
        return [screen]
    pieces = [screen.lines[start : start + size] for start in range(0, len(screen.lines), size)]
    return [
        Screen(f"{screen.title} ({number}/{len(pieces)})", piece)
        for number, piece in zip(count(1), pieces, strict=False)
    ]
