"""The first pass over a source: normalise, filter, spool to disk what is kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from seq2seq_cli.corpus.prepare.blocks import even_blocks
from seq2seq_cli.corpus.prepare.filters import Filter
from seq2seq_cli.corpus.prepare.parallel import in_order
from seq2seq_cli.corpus.prepare.recipe import Recipe
from seq2seq_cli.corpus.prepare.report import Report
from seq2seq_cli.corpus.prepare.sentences import Sentences
from seq2seq_cli.corpus.prepare.spool import Spool
from seq2seq_cli.corpus.sources import Block, Invalid, Pair
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.errors import ConfigError, CorpusError


@dataclass(frozen=True)
class Judged:
    """A block of which the pairs to drop are known."""

    pairs: int  # before that
    source: Sentences  # what is kept
    target: Sentences
    part: str | None
    dropped: dict[
        str, tuple[int, Pair]
    ]  # how many by reason, and the first of them as it stands in the source
    invalid: tuple[Invalid, ...]
    fraction: float | None


def read(blocks: Iterable[Block], recipe: Recipe, spool: Spool, report: Report) -> Iterator[Judged]:
    """Judge blocks one after the other, spool and report them, and yield them.

    Raises:
        CorpusError: a line is no pair, and the recipe is strict.
        ConfigError: a prefix holds no word.
    """
    judge = Judge(recipe)
    for block in in_order(judge, even_blocks(blocks)):
        if recipe.strict and block.invalid:
            raise CorpusError(f"{block.invalid[0]}.", "Leave --strict out to pass over such lines.")
        report.read += block.pairs
        for invalid in block.invalid:
            report.pass_over(invalid)
        for reason, (pairs, example) in block.dropped.items():
            report.drop(reason, pairs, example)
        spool.append(block.source, block.target)
        yield block


class Judge:
    """Normalises blocks and decides which pairs of them are kept.

    Args:
        recipe: the choices.

    Raises:
        ConfigError: a prefix holds no word.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.filter = Filter(
            recipe.max_length,
            recipe.max_length_ratio,
            [words_of_setting(recipe.pipeline, prefix, "data.prefixes") for prefix in recipe.prefixes],
            recipe.drop_identical,
        )

    def __call__(self, block: Block) -> Judged:
        """Judge a block."""
        recipe = self.recipe
        first = Sentences.of(block.first, recipe.pipeline)
        second = Sentences.of(block.second, recipe.pipeline)
        kept = np.ones(len(block), bool)
        dropped: dict[str, tuple[int, Pair]] = {}
        for reason, holds in self.filter.reasons(first, second):
            holds = holds & kept
            if pairs := int(np.count_nonzero(holds)):
                row = int(holds.argmax())
                dropped[reason] = pairs, (block.first[row].as_py(), block.second[row].as_py())
                kept &= ~holds
        if dropped:
            rows = np.flatnonzero(kept)
            first, second = first.take(rows), second.take(rows)
        source, target = (second, first) if recipe.reverse else (first, second)
        target = source if recipe.autoencoder else target
        source.hashes, target.hashes  # noqa: B018  # computed here, side by side with other blocks
        return Judged(len(block), source, target, block.part, dropped, block.invalid, block.fraction)


def words_of_setting(pipeline: TextPipeline, text: str, key: str) -> list[str]:
    """Return the words of a text that the config names.

    Raises:
        ConfigError: there are none.
    """
    words = pipeline.words(text)
    if not words:
        raise ConfigError(f"{key}: {text!r} holds no word.", "Leave it out.")
    return words
