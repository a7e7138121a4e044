"""How words and their neighbors look: tables, and a map in a terminal, on a page, or as a picture."""

from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len

from seq2seq_cli.cli.console import say, shortened, table
from seq2seq_cli.cli.inspecting import pictures
from seq2seq_cli.cli.inspecting.pages import write_page
from seq2seq_cli.errors import ConfigError
from seq2seq_cli.inspection.neighbors import Neighborhood, WordMap

_FORMATS = (".html", ".png", ".svg")
_ROWS = 22


def show_neighbors(found: Neighborhood) -> None:
    """Print a word's neighbors."""
    say(
        f"nearest to {shortened(found.word)!r} among the {found.side} words of {found.run}, "
        f"step {found.step:,}"
    )
    table(
        "",
        [">cosine", "word", ">count"],
        [(f"{near.cosine:.3f}", shortened(near.word), near.count) for near in found.neighbors],
    )


def show_map(found: WordMap, width: int) -> None:
    """Print a map of words."""
    x, y = found.shares
    for line in plotted(found, width, _ROWS):
        say(line.rstrip())
    say(f"{len(found.words)} frequent {found.side} words of {found.run}; a · is one that had no room.")
    say(f"Across: {100 * x:.0f}% of the variance of their embeddings, up: {100 * y:.0f}%.")


def plotted(found: WordMap, width: int, rows: int) -> list[str]:
    """Return a map as lines: where there is room, words begin at their places, the most frequent first."""
    xs, ys = [place.x for place in found.words], [place.y for place in found.words]
    grid = [[" "] * width for _ in range(rows)]
    taken = [[False] * width for _ in range(rows)]
    for place in found.words:
        word = shortened(place.word, 16)
        column = _scaled(place.x, min(xs), max(xs), width)
        row = rows - 1 - _scaled(place.y, min(ys), max(ys), rows)
        length = cell_len(word)
        start = min(column, width - length)
        around = range(max(start - 1, 0), min(start + length + 1, width))
        if length == len(word) and not any(taken[row][at] for at in around):
            grid[row][start : start + length] = list(word)
            for at in range(start, start + length):
                taken[row][at] = True
        elif not taken[row][column]:
            grid[row][column] = "·"
    return ["".join(row) for row in grid]


def _scaled(value: float, low: float, high: float, places: int) -> int:
    """Return the place, from 0, of a value among so many from the lowest to the highest."""
    return round((value - low) / (high - low) * (places - 1)) if high > low else places // 2


@dataclass(frozen=True)
class _Marked:
    """What a page shows."""

    map: WordMap
    near: list[str]


def check(path: Path) -> None:
    """Make sure that a map can be written to a file of this name.

    Raises:
        ConfigError: its ending tells no format, or what draws pictures is not installed.
    """
    if path.suffix.lower() not in _FORMATS:
        raise ConfigError(
            f"--map {path}: the ending tells no format.", f"Choose from: {', '.join(_FORMATS)}."
        )
    pictures.check(path.suffix.lower() != ".html")


def write_map(path: Path, found: WordMap, near: list[str]) -> None:
    """Write a map, as the ending of the file's name says.

    Args:
        path: where to.
        found: the map.
        near: a word and its neighbors, which are set apart.

    Raises:
        OutputError: the file cannot be written.
    """
    if path.suffix.lower() == ".html":
        write_page(path, "words", f"{found.side} words of {found.run}", _Marked(found, near))
    else:
        pictures.save(path, path.suffix.lower().removeprefix("."), pictures.words(found, near))
