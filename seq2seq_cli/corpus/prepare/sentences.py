"""A column of sentences, each distinct word of which is treated once."""

from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seq2seq_cli.corpus.lists import Lists, Offsets, offsets_of
from seq2seq_cli.corpus.prepare.hashing import Hashes, hash_sentences, hash_words
from seq2seq_cli.corpus.text import TextPipeline


@dataclass(frozen=True)
class Sentences:
    """Normalised sentences, as numbers of their own words.

    Attributes:
        words: the distinct words, in the order in which they were met, (words,).
        rows: which words make each sentence.
    """

    words: pa.StringArray
    rows: Lists

    @classmethod
    def of(cls, texts: pa.StringArray, pipeline: TextPipeline) -> "Sentences":
        """Normalise a column of texts.

        What stands between two blanks becomes the same words wherever it stands, so a text of a million words
        costs no more than its few thousand distinct ones.
        """
        pieces = pc.split_pattern(texts, " ")
        encoded = pieces.flatten().dictionary_encode()
        table = pipeline.words_of(encoded.dictionary.to_pylist())
        words = pa.array(chain.from_iterable(table), pa.string()).dictionary_encode()
        lengths = np.fromiter(map(len, table), np.int64, len(table))
        unfolded = Lists(words.indices.to_numpy(), offsets_of(lengths))
        offsets = pieces.offsets.to_numpy().astype(np.int64)
        rows = Lists(encoded.indices.to_numpy(), offsets - offsets[0])
        return cls(words.dictionary, rows.unfold(unfolded))

    def __len__(self) -> int:
        """Return the number of sentences."""
        return len(self.rows)

    @property
    def lengths(self) -> Offsets:
        """How many words each sentence has, (sentences,)."""
        return self.rows.lengths

    @cached_property
    def hashes(self) -> Hashes:
        """A number for each sentence, equal for equal ones, (sentences,)."""
        return hash_sentences(self.rows, hash_words(self.words))

    def texts(self) -> pa.StringArray:
        """Return the sentences with single blanks between their words."""
        words = self.words.take(pa.array(self.rows.values))
        return pc.binary_join(pa.ListArray.from_arrays(pa.array(self.rows.offsets, pa.int32()), words), " ")

    def count(self, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Return how often the sentences that a mask chooses have each word, (words,)."""
        chosen = self.rows.values[np.repeat(rows, self.lengths)]
        return np.bincount(chosen, minlength=len(self.words))

    def begin_with(self, prefix: pa.StringArray) -> npt.NDArray[np.bool_]:
        """Tell which sentences begin with the words of a prefix, (sentences,)."""
        wanted = pc.index_in(prefix, self.words).fill_null(-1).to_numpy()
        begins = self.lengths >= len(prefix)
        for place, number in enumerate(wanted):
            begins[begins] = self.rows.values[self.rows.offsets[:-1][begins] + place] == number
        return begins

    def take(self, rows: npt.NDArray[np.integer]) -> "Sentences":
        """Return some of the sentences, with no more words than they need."""
        taken = self.rows.take(rows)
        used = np.zeros(len(self.words), bool)
        used[taken.values] = True
        renumbered = np.cumsum(used, dtype=np.int32) - 1
        return Sentences(self.words.filter(pa.array(used)), Lists(renumbered[taken.values], taken.offsets))
