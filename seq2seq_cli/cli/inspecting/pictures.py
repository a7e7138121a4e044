"""Pictures of attention and of words, by matplotlib, for papers and slides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq_cli.errors import ConfigError
from seq2seq_cli.files import replacing_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from seq2seq_cli.inspection.attention import Alignments
    from seq2seq_cli.inspection.neighbors import WordMap

_INCHES = 0.45  # a word
_HOUSE_STYLE: dict[Any, Any] = {  # keys of matplotlib, which may not be there
    "svg.hashsalt": "s2s",
    "svg.fonttype": "none",
}  # equal data give an equal file; text stays text


def check(wanted: object) -> None:
    """Make sure that what is wanted can be drawn, before there is anything to draw.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    if wanted:
        _new_figure()


def save(path: Path, format_: str, figure: Figure) -> None:
    """Write a figure, whole or not at all.

    Args:
        path: where to.
        format_: png or svg.
        figure: what to write.

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib import rc_context

    with replacing_file(path) as temporary, rc_context(_HOUSE_STYLE):
        metadata = {"Date": None} if format_ == "svg" else {}
        figure.savefig(temporary, format=format_, dpi=160, bbox_inches="tight", metadata=metadata)


def alignments(found: Alignments) -> Figure:
    """Draw where a run looks, one heat map a sentence."""
    sentences = found.sentences
    heights = [len(alignment.target) + 2.5 for alignment in sentences]
    width = max(len(alignment.source) for alignment in sentences)
    figure: Figure = _new_figure(
        figsize=(_INCHES * (width + 4), _INCHES * sum(heights)), layout="constrained"
    )
    axes: Any = figure.subplots(len(sentences), squeeze=False, height_ratios=heights)
    for alignment, (axis,) in zip(sentences, axes, strict=True):
        image = axis.imshow(alignment.weights, cmap="Oranges", vmin=0, vmax=1)
        axis.set_xticks(range(len(alignment.source)), _plain(alignment.source), rotation=45, ha="left")
        axis.set_yticks(range(len(alignment.target)), _plain(alignment.target))
        axis.xaxis.tick_top()
        axis.tick_params(length=0)
        axis.set_xlim(-0.5, width - 0.5)  # cells are of one size in all of them
        axis.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, shrink=0.5, aspect=40, label="attention")
    return figure


def words(found: WordMap, near: list[str]) -> Figure:
    """Draw a map of words.

    Args:
        found: the map.
        near: words to set apart from the others, the first more than the rest.
    """
    figure: Figure = _new_figure(figsize=(9, 7), layout="constrained")
    axis: Any = figure.subplots()
    for place in found.words:
        colour = "#cf4f12" if place.word in near[:1] else "#3a4fd0" if place.word in near else "#8a8f98"
        axis.plot(place.x, place.y, ".", markersize=3, color=colour)
        weight = "bold" if place.word in near else "normal"
        axis.annotate(*_plain([place.word]), (place.x, place.y), fontsize=7, color=colour, weight=weight)
    x, y = found.shares
    axis.set_xlabel(f"first principal component, {100 * x:.0f}% of the variance")
    axis.set_ylabel(f"second, {100 * y:.0f}%")
    axis.spines[["top", "right"]].set_visible(False)
    return figure


def _plain(texts: list[str]) -> list[str]:
    """Return words that matplotlib takes for words, and not for formulas."""
    return [text.replace("$", r"\$") for text in texts]


def _new_figure(**options: Any) -> Any:
    """Return an empty figure.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        hint = "pip install 'seq2seq-cli[plot]'"
        raise ConfigError("Pictures need the package matplotlib.", hint) from error
    return Figure(**options)
