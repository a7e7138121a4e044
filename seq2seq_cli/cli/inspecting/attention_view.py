"""How an alignment looks in a terminal: a heat map of shades, source words across, target words down."""

from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from seq2seq_cli.cli.console import prose, say, shortened, stdout
from seq2seq_cli.inspection.attention import Alignment, Alignments

_SHADES = ((0.7, "█"), (0.45, "▓"), (0.2, "▒"), (0.05, "░"), (0.0, " "))
_LEAST, _MOST = 5, 12  # columns that a word of the source takes
_LABEL = 14  # columns that a word of the target takes, at most


def show(found: Alignments, width: int) -> None:
    """Print all alignments."""
    console = stdout()
    say(f"{found.run}, step {found.step:,}, attention {found.attention}")
    say(f"{', '.join(f'{shade} from {least}' for least, shade in _SHADES if shade != ' ')}")
    for alignment in found.sentences:
        say()
        for line in lines(alignment, width):
            console.print(line, soft_wrap=True)
        if alignment.score is not None:
            prose(f"reference: {shortened(str(alignment.reference), 200)}   chrF {alignment.score:.1f}")


def lines(alignment: Alignment, width: int) -> Iterator[Text]:
    """Yield a heat map, lines at most so many columns wide; a long source takes several below one another."""
    source = [shortened(word, _MOST) for word in alignment.source]
    target = [shortened(word, _LABEL) for word in alignment.target]
    label = max(map(cell_len, target)) + 1
    needed = min(max(map(cell_len, source)) + 1, _MOST)
    column = max(_LEAST, min(needed, (width - label) // len(source)))
    at_once = max((width - label) // column, 1)
    for first in range(0, len(source), at_once):
        words = source[first : first + at_once]
        yield Text(" " * label + "".join(set_cell_size(_cut(word, column - 1), column) for word in words))
        for word, weights in zip(target, alignment.weights, strict=True):
            line = Text(set_cell_size(word, label))
            for weight in weights[first : first + at_once]:
                line.append(_shade(weight) * (column - 1), "dark_orange").append(" ")
            yield line


def _cut(word: str, columns: int) -> str:
    return word if cell_len(word) <= columns else set_cell_size(word, columns - 1) + "…"


def _shade(weight: float) -> str:
    return next(shade for least, shade in _SHADES if weight >= least)
