"""Heat strips: a vector on one line of a terminal, readable with colours and without."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.text import Text

_SIGNED = "▁▂▃▄▅▆▇"  # an odd number, so that zero has a sign of its own
_GATE = "▁▂▃▄▅▆▇█"
_ABOVE, _BELOW, _NEAR, _OPEN = "dark_orange", "dodger_blue1", "bright_black", "green"
_LABEL, _SCALE = 13, 7  # columns

HOW_TO_READ = (
    "▄ zero",
    "▇ as far above it as the line ends with",
    "▁ as far below",
    "gates: ▁ shut, 0",
    "█ open, 1",
)


@dataclass(frozen=True)
class Strips:
    """Strips below one another, each with a label before it and its scale behind.

    Attributes:
        width: of a line, in columns.
    """

    width: int

    @property
    def columns(self) -> int:
        """How many signs a strip has at most."""
        return max(self.width - _LABEL - _SCALE, 1)

    def signed(self, label: str, values: Sequence[float], scale: float) -> Text:
        """Return numbers from -scale to scale as a line.

        Where there are more units than signs, a sign stands for several, by the one farthest from zero.
        """
        line, middle = _labelled(label), len(_SIGNED) // 2
        for group in self._grouped(values):
            farthest = max(group, key=abs)
            height = middle + round(middle * farthest / scale) if scale else middle
            style = _NEAR if height == middle else _ABOVE if height > middle else _BELOW
            line.append(_SIGNED[height], style)
        return line.append(f" ±{scale:.3g}")

    def gate(self, label: str, values: Sequence[float]) -> Text:
        """Return numbers from 0 to 1 as a line; where a sign stands for several units, by their mean."""
        line, top = _labelled(label), len(_GATE) - 1
        for group in self._grouped(values):
            line.append(_GATE[round(top * sum(group) / len(group))], _OPEN)
        return line

    def bar(self, label: str, share: float) -> Text:
        """Return a share, from 0 to 1, as a line."""
        filled = "█" * round(share * (self.columns - 6))
        return _labelled(label).append(f"{share:.3f}").append(f" {filled}" if filled else "", _OPEN)

    def texts(self, label: str, texts: Sequence[str]) -> list[Text]:
        """Return short texts beside one another, on as many lines as it takes."""
        lines, room = [""], self.width - _LABEL
        for word in texts:
            if lines[-1] and cell_len(lines[-1]) + 2 + cell_len(word) > room:
                lines.append("")
            lines[-1] += f"{'  ' if lines[-1] else ''}{word}"
        labels = [label, *[""] * (len(lines) - 1)]
        return [_labelled(label).append(line) for label, line in zip(labels, lines, strict=True)]

    def marked(self, label: str, words: Sequence[str], place: int) -> Text:
        """Return a sentence as a line, one word of it in brackets; of a long one what is around that word."""
        room = self.width - _LABEL - 4  # for an ellipsis at either end
        first, last, length = place, place, cell_len(words[place]) + 2
        while True:
            more = [at for at in (last + 1, first - 1) if 0 <= at < len(words)]
            fitting = [at for at in more if length + 1 + cell_len(words[at]) <= room]
            if not fitting:
                break
            length += 1 + cell_len(words[fitting[0]])
            first, last = min(first, fitting[0]), max(last, fitting[0])
        shown = [f"[{words[at]}]" if at == place else words[at] for at in range(first, last + 1)]
        before, after = "… " * (first > 0), " …" * (last + 1 < len(words))
        return _labelled(label).append(before + " ".join(shown) + after)

    def _grouped(self, values: Sequence[float]) -> list[Sequence[float]]:
        size = max(1, -(-len(values) // self.columns))
        return [values[start : start + size] for start in range(0, len(values), size)]


def _labelled(label: str) -> Text:
    return Text(set_cell_size(label, _LABEL - 1) + " ")
