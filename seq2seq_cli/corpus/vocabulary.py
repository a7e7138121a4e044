"""Word indexing: word -> index, index -> word, and how often each was seen."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from seq2seq_cli.errors import DatasetError
from seq2seq_cli.files import write_text
from seq2seq_cli.symbols import EOS, SPECIAL_SYMBOLS, UNK


class Vocabulary:
    """The words of one language: the special symbols first, then the most frequent words first.

    Args:
        counts: word -> how often it was seen, in the order of the indices to give; no special symbols.

    Attributes:
        index_to_word: the words by index.
        word_to_index: the indices by word.
        counts: how often each index was seen; 0 for the special symbols.
    """

    def __init__(self, counts: dict[str, int]) -> None:
        self.index_to_word = [*SPECIAL_SYMBOLS, *counts]
        self.word_to_index = {word: index for index, word in enumerate(self.index_to_word)}
        self.counts = [0] * len(SPECIAL_SYMBOLS) + list(counts.values())

    @classmethod
    def of(
        cls, sentences: Iterable[Sequence[str]], min_frequency: int = 1, max_size: int | None = None
    ) -> "Vocabulary":
        """Count the words of sentences.

        Args:
            sentences: token sequences.
            min_frequency: words that are rarer become <unk>.
            max_size: keep this many of the most frequent words at most (special symbols not counted).
        """
        counter: Counter[str] = Counter()
        for tokens in sentences:
            counter.update(tokens)
        ranked = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
        kept = [(word, n) for word, n in ranked if n >= min_frequency and word not in SPECIAL_SYMBOLS]
        return cls(dict(kept[:max_size]))

    def __len__(self) -> int:
        """Return the number of indices, special symbols counted."""
        return len(self.index_to_word)

    def __contains__(self, word: object) -> bool:
        return word in self.word_to_index

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Vocabulary)
            and self.index_to_word == other.index_to_word
            and self.counts == other.counts
        )

    __hash__ = None  # type: ignore[assignment]  # a table, compared by its contents

    def indices(self, tokens: Sequence[str]) -> list[int]:
        """Return the tokens' indices and <eos>; unknown words become <unk>."""
        return [*(self.word_to_index.get(token, UNK) for token in tokens), EOS]

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
        rows = zip(self.index_to_word, self.counts, strict=True)
        write_text(path, "".join(f"{word}\t{count}\n" for word, count in rows))

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read what save wrote.

        Raises:
            DatasetError: the file is missing, or a line of it is not what save writes.
        """
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise DatasetError(f"Cannot read the vocabulary {path}: {error}.") from error
        counts: dict[str, int] = {}
        for number, line in enumerate(lines[:-1] if lines[-1] == "" else lines, start=1):
            word, tab, count = line.rpartition("\t")
            if not (tab and word and count.isascii() and count.isdecimal() and len(count) < 20):
                raise DatasetError(
                    f"{path}, line {number}: expected a word, a tab and a count, not {line!r}."
                )
            if word in counts:
                raise DatasetError(f"{path}, line {number}: {word!r} stands there twice.")
            counts[word] = int(count)
        if tuple(counts)[: len(SPECIAL_SYMBOLS)] != SPECIAL_SYMBOLS:
            raise DatasetError(f"{path} does not begin with {' '.join(SPECIAL_SYMBOLS)}, a line each.")
        return cls({word: count for word, count in counts.items() if word not in SPECIAL_SYMBOLS})
