"""From words to indices: what each side has learnt from the training part, applied to every block."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from seq2seq_cli.corpus.dataset import PARTS, SCHEMA
from seq2seq_cli.corpus.lists import Integers, Lists
from seq2seq_cli.corpus.naming import tokenizer_file, vocabulary_file
from seq2seq_cli.corpus.prepare.lexicon import Lexicon, TokenTable
from seq2seq_cli.corpus.prepare.recipe import Recipe
from seq2seq_cli.corpus.prepare.sentences import Sentences
from seq2seq_cli.corpus.prepare.split import Parts
from seq2seq_cli.corpus.text import Tokenizer
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.symbols import EOS


@dataclass(frozen=True)
class Side:
    """One side of the pairs: how its words become indices.

    Attributes:
        name: source or target.
        tokenizer: words -> tokens.
        vocabulary: tokens -> indices.
        words: the indices of each word of the corpus.
        blocks: for each block, which words of the corpus its own words are.
    """

    name: str
    tokenizer: Tokenizer
    vocabulary: Vocabulary
    words: Lists
    blocks: list[Integers]

    @classmethod
    def of(cls, name: str, lexicon: Lexicon, recipe: Recipe) -> "Side":
        """Learn from a lexicon, or take what the recipe gives."""
        given = recipe.vocabulary
        if given:
            tokenizer = recipe.tokenizer.load(given / tokenizer_file(name))
        else:
            tokenizer = lexicon.learn(recipe.tokenizer, recipe.subwords)
        table = TokenTable.of(lexicon, tokenizer)
        if given:
            vocabulary = Vocabulary.load(given / vocabulary_file(name)).recounted(table.tokens, table.counts)
        else:
            vocabulary = Vocabulary.ranked(
                table.tokens, table.counts, recipe.min_frequency, recipe.max_vocabulary
            )
        return cls(name, tokenizer, vocabulary, table.indices(vocabulary), lexicon.numbers)

    def indices(self, block: int, sentences: Sentences) -> Lists:
        """Return the indices of a block's sentences, each ending in <eos>."""
        rows = sentences.rows.unfold(self.words.take(self.blocks[block]))
        values = np.insert(rows.values, rows.offsets[1:], EOS)
        return Lists(values, rows.offsets + np.arange(len(rows.offsets)))


@dataclass(frozen=True)
class Index:
    """Both sides of a corpus."""

    sides: tuple[Side, Side]

    @classmethod
    def of(cls, source: Lexicon, target: Lexicon, recipe: Recipe) -> "Index":
        """Learn from the words of both sides, which are the same object where a vocabulary is shared."""
        learnt = Side.of("source", source, recipe)
        if target.words is source.words:
            return cls((learnt, replace(learnt, name="target", blocks=target.numbers)))
        return cls((learnt, Side.of("target", target, recipe)))

    def __call__(self, block: tuple[int, Sentences, Sentences, Parts]) -> list[pa.RecordBatch]:
        """Return the pairs of a block as they are written, part by part."""
        number, source, target, parts = block
        columns = [source.texts(), target.texts()]
        for side, sentences in zip(self.sides, (source, target), strict=True):
            columns.append(side.indices(number, sentences).to_arrow())
        pairs = pa.record_batch(columns, schema=SCHEMA)
        return [pairs.filter(pa.array(parts == part)) for part in range(len(PARTS))]

    def save(self, folder: Path) -> None:
        """Write the vocabularies, and what the tokenizers have learnt.

        Raises:
            OutputError: they cannot be written.
        """
        for side in self.sides:
            side.vocabulary.save(folder / vocabulary_file(side.name))
            side.tokenizer.save(folder / tokenizer_file(side.name))
