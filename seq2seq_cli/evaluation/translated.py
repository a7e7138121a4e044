"""Outputs as a translator gives them."""

from collections.abc import Sequence
from dataclasses import replace

from seq2seq_cli.decoding.hypothesis import Hypothesis
from seq2seq_cli.runs import Run
from seq2seq_cli.scoring import PartScores
from seq2seq_cli.symbols import UNK
from seq2seq_cli.translation.unknown import replaced

_NOTHING = Hypothesis((), 0.0, finished=True)


def as_translated(scores: PartScores, run: Run, sources: Sequence[str]) -> PartScores:
    """Return scores whose outputs are what the user gets.

    What is said to a blank line is blank, for no training has one. Where hypotheses come with attention, it
    is there for unknown words to be replaced by those of the source.

    Args:
        scores: of a model.
        run: what was trained.
        sources: their texts, normalised.
    """
    hypotheses = [
        found if source else _NOTHING for found, source in zip(scores.hypotheses, sources, strict=True)
    ]
    outputs = [
        _named(output, found, source, run) if source else ""
        for output, found, source in zip(scores.outputs, hypotheses, sources, strict=True)
    ]
    return replace(scores, hypotheses=hypotheses, outputs=outputs)


def _named(output: str, found: Hypothesis, source: str, run: Run) -> str:
    """Return an output with words of its source in the places of unknown ones."""
    if not found.attention or UNK not in found.tokens:
        return output
    words = [run.target_vocabulary.index_to_word[index] for index in found.tokens]
    named = replaced(words, run.source_pipeline.tokens(source), found.attention)
    shown = [word for word, index in zip(named, found.tokens, strict=True) if index >= UNK]
    return run.target_pipeline.text(shown)
