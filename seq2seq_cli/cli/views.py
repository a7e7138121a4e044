"""How results look to a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seq2seq_cli.cli.console import prose, stdout, table

if TYPE_CHECKING:  # which would load torch, that most views do without
    from seq2seq_cli.inspection.model import Layer, ModelSummary
    from seq2seq_cli.inspection.words import VocabularySummary


def vocabularies(summaries: list[VocabularySummary]) -> None:
    """Both sides' words."""
    for summary in summaries:
        prose(
            f"{summary.side}: {summary.size:,} words, {summary.seen_once:,} of them seen once; "
            f"the {summary.half:,} most frequent make half of {summary.tokens:,} running words"
        )
        table("", [">index", "word", ">count"], summary.frequent)


def model(summary: ModelSummary) -> None:
    """Every layer, and what they come to."""
    narrow = stdout().width < 120  # then a layer takes several lines
    table(
        "layers, in the order in which data meet them",
        [*(["layer"] if narrow else ["name", "kind"]), "shapes", ">parameters", ">%", ">mult-adds", "per"],
        [
            (
                *([f"{_at_dots(layer.name, 22)}\n{layer.kind}"] if narrow else [layer.name, layer.kind]),
                ("\n" if narrow else ", ").join(_shapes(layer)),
                layer.parameters,
                f"{layer.share:.1f}",
                layer.multiply_adds,
                layer.per,
            )
            for layer in summary.layers
        ],
    )
    for layer in summary.layers:
        for own, counted in layer.tied.items():
            prose(f"* {layer.name}.{own} is tied: it is {counted}, and counted there.")
    work, memory = summary.multiply_adds, summary.memory
    table(
        "in all",
        ["what", ">how much", "unit"],
        [
            ("parameters", summary.parameters, "numbers"),
            ("multiply-adds", work.source, "per source token"),
            ("multiply-adds", work.target, "per target token"),
            ("multiply-adds", work.sentence, "per sentence"),
            ("memory of parameters", memory.parameters, "MB"),
            ("+ gradients", memory.gradients, "MB"),
            ("+ optimiser", memory.optimizer, "MB"),
            ("+ activations", memory.activations, f"MB, kept by a batch of {summary.sentences:,} sentences"),
            ("= memory of training", memory.training, "MB"),
        ],
    )
    prose(
        f"Measured on the CPU, on made-up sentences of {summary.tokens} tokens on both sides, <eos> counted: "
        "longer ones give attention more to do."
    )


def _shapes(layer: Layer) -> list[str]:
    """Return the shapes of a layer's parameters, those that are tied with a star."""
    return ["×".join(map(str, shape)) + "*" * (name in layer.tied) for name, shape in layer.shapes.items()]


def _at_dots(name: str, width: int) -> str:
    """Return a dotted name on lines of at most `width` characters where dots allow it."""
    lines = [""]
    for part in re.findall(r"\.?[^.]+", name):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)
