"""Word indexing: word -> index, index -> word, and how often each was seen.

pyarrow is imported where it is used: a vocabulary that was read from its file, to translate, does without.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from seq2seq_cli.errors import DatasetError
from seq2seq_cli.files import replacing_file
from seq2seq_cli.symbols import EOS, SPECIAL_SYMBOLS, UNK

if TYPE_CHECKING:
    import pyarrow as pa

    from seq2seq_cli.corpus.lists import Integers

Counts = npt.NDArray[np.int64]

_EDITING = "A line is a word, a tab and a count; put it right, or prepare the data again."


class Vocabulary:
    """The words of one language: the special symbols first, then the most frequent words first.

    Args:
        words: the words in the order of their indices, no special symbols among them.
        counts: how often each was seen.

    Attributes:
        counts: how often each index was seen, (len(self),); 0 for the special symbols.
    """

    def __init__(self, words: "Sequence[str] | pa.StringArray", counts: Sequence[int] | Counts) -> None:
        self._words = words
        self.counts = np.concatenate([np.zeros(len(SPECIAL_SYMBOLS), np.int64), np.asarray(counts, np.int64)])

    @classmethod
    def of_counts(cls, counts: Mapping[str, int]) -> "Vocabulary":
        """Make a vocabulary of words and how often each was seen, in the order of the indices to give."""
        return cls(list(counts), list(counts.values()))

    @classmethod
    def ranked(
        cls,
        words: "pa.StringArray",
        counts: Counts,
        min_frequency: int = 1,
        max_size: int | None = None,
    ) -> "Vocabulary":
        """Give the smallest indices to the most frequent words, to equally frequent ones by the alphabet.

        Args:
            words: different words, (words,).
            counts: how often each was seen, (words,).
            min_frequency: words that are rarer become <unk>.
            max_size: keep this many of the most frequent words at most (special symbols not counted).
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        special = pc.is_in(words, pa.array(SPECIAL_SYMBOLS)).to_numpy(zero_copy_only=False)
        frequent = np.flatnonzero((counts >= max(min_frequency, 1)) & ~special)
        candidates = pa.table({"word": words.take(pa.array(frequent)), "count": counts[frequent]})
        order = pc.sort_indices(candidates, [("count", "descending"), ("word", "ascending")])
        best = candidates.take(order[:max_size])
        return cls(best.column("word").combine_chunks(), best.column("count").to_numpy())

    def recounted(self, tokens: "pa.StringArray", counts: Counts) -> "Vocabulary":
        """Return the same words with the counts of another corpus.

        Args:
            tokens: different tokens, known or not, (tokens,).
            counts: how often each was seen there, (tokens,).
        """
        total = np.zeros(len(self), np.int64)
        np.add.at(total, self.lookup(tokens), counts)
        first = len(SPECIAL_SYMBOLS)
        return Vocabulary(self.table.slice(first), total[first:])

    @cached_property
    def table(self) -> "pa.StringArray":
        """The words by index, the special symbols first, as a column."""
        import pyarrow as pa

        words = self._words if isinstance(self._words, pa.Array) else pa.array(self._words, pa.string())
        return pa.concat_arrays([pa.array(SPECIAL_SYMBOLS, pa.string()), words])

    @cached_property
    def index_to_word(self) -> list[str]:
        """The words by index."""
        words = self._words if isinstance(self._words, Sequence) else self._words.to_pylist()
        return [*SPECIAL_SYMBOLS, *words]

    @cached_property
    def word_to_index(self) -> dict[str, int]:
        """The indices by word; without the special symbols, for no text can mean them."""
        first = len(SPECIAL_SYMBOLS)
        return {word: index for index, word in enumerate(self.index_to_word[first:], first)}

    def __len__(self) -> int:
        """Return the number of indices, special symbols counted."""
        return len(SPECIAL_SYMBOLS) + len(self._words)

    def __contains__(self, word: object) -> bool:
        return word in self.word_to_index

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Vocabulary)
            and self.index_to_word == other.index_to_word
            and np.array_equal(self.counts, other.counts)
        )

    __hash__ = None  # type: ignore[assignment]  # a table, compared by its contents

    def indices(self, tokens: Sequence[str]) -> list[int]:
        """Return the tokens' indices and <eos>; unknown words become <unk>."""
        return [*(self.word_to_index.get(token, UNK) for token in tokens), EOS]

    def lookup(self, tokens: "pa.StringArray") -> "Integers":
        """Return the indices of a column of tokens, (tokens,); unknown words become <unk>."""
        import pyarrow.compute as pc

        words = self.table.slice(len(SPECIAL_SYMBOLS))
        found = pc.index_in(tokens, words).to_numpy(zero_copy_only=False)
        known = ~np.isnan(found) if found.dtype.kind == "f" else np.ones(len(found), bool)
        indices = np.full(len(found), UNK, np.int32)
        indices[known] = found[known] + len(SPECIAL_SYMBOLS)
        return indices

    def words(self, indices: Iterable[int]) -> list[str]:
        """Return the words up to the first <eos>, special symbols but <unk> left out."""
        words = []
        for index in indices:
            if index == EOS:
                break
            if index >= UNK:
                words.append(self.index_to_word[index])
        return words

    def save(self, path: Path) -> None:
        """Write one line a word: the word, a tab, its count. Line n holds index n - 1.

        Raises:
            OutputError: the file cannot be written.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        counts = pa.array(self.counts).cast(pa.string())
        lines = pc.binary_join_element_wise(self.table, counts, "\t")
        with replacing_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
            for start in range(0, len(lines), 1 << 16):
                file.write("\n".join([*lines.slice(start, 1 << 16).to_pylist(), ""]))

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read what save wrote, and perhaps a person has edited.

        Raises:
            DatasetError: the file is missing, or a line of it is not what save writes.
        """
        try:
            lines = path.read_text(encoding="utf-8-sig").split("\n")
        except OSError as error:
            raise DatasetError(f"Cannot read the vocabulary {path}: {error.strerror or error}.") from error
        except UnicodeDecodeError as error:
            raise DatasetError(f"{path} is not UTF-8: {error}.", "Save it as UTF-8.") from error
        counts: dict[str, int] = {}
        for number, line in enumerate(lines[:-1] if lines[-1] == "" else lines, start=1):
            word, tab, count = line.rstrip("\r").rpartition("\t")
            if not (tab and word.split() == [word] and _is_count(count)):
                found = f"expected a word, a tab and a count, not {line[:60]!r}"
                raise DatasetError(f"{path}, line {number}: {found}.", _EDITING)
            if word in counts:
                raise DatasetError(f"{path}, line {number}: {word!r} stands there twice.", _EDITING)
            counts[word] = int(count)
        special = len(SPECIAL_SYMBOLS)
        if tuple(counts)[:special] != SPECIAL_SYMBOLS:
            raise DatasetError(
                f"{path} does not begin with {' '.join(SPECIAL_SYMBOLS)}, a line each.", _EDITING
            )
        return cls(list(counts)[special:], list(counts.values())[special:])


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
