"""All words of a corpus and their tokens: each distinct word is treated once for the whole corpus."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np
import pyarrow as pa

from seq2seq_cli.corpus.lists import Integers, Lists
from seq2seq_cli.corpus.prepare.groups import number_hashes
from seq2seq_cli.corpus.prepare.hashing import hash_words
from seq2seq_cli.corpus.prepare.spool import Spool
from seq2seq_cli.corpus.text.tokenizer import Tokenizer
from seq2seq_cli.corpus.text.tokenizers import WordTokenizer
from seq2seq_cli.corpus.vocabulary import Counts, Vocabulary

_BLOCKS_AT_A_TIME = 32


@dataclass(frozen=True)
class Lexicon:
    """All words of one language of a corpus, and how often its training part has each.

    Attributes:
        words: the distinct words, (words,).
        counts: how often each was seen, (words,); 0 for those of other parts.
        numbers: for each block, which of them its own words are.
    """

    words: pa.StringArray
    counts: Counts
    numbers: list[Integers]

    @classmethod
    def of(cls, words: Iterable[pa.StringArray]) -> "Lexicon":
        """Unite the words of all blocks; none of them has been seen in training yet.

        Blocks are united by the dozen, which leaves few of the words that all blocks have; those unions then
        by the words' hashes, which takes half the memory of a table of all words.

        Args:
            words: each block's own distinct words; some block has any.
        """
        blocks, unions, numbers = iter(words), [], []
        while some := list(islice(blocks, _BLOCKS_AT_A_TIME)):
            union, found = _united(some)
            unions.append(union)
            numbers.append(found)
            _release()
        places, distinct = number_hashes(*map(hash_words, unions))
        for place, found in zip(places, numbers, strict=True):
            found[:] = [place[number] for number in found]
        where = np.empty(distinct, np.int64)
        where[np.concatenate(places)] = np.arange(sum(map(len, places)))
        united = pa.chunked_array(unions, pa.string()).take(pa.array(where)).combine_chunks()
        return cls(united, np.zeros(distinct, np.int64), list(chain.from_iterable(numbers)))

    @classmethod
    def of_sides(cls, spool: Spool, shared: bool) -> "tuple[Lexicon, Lexicon]":
        """Return a lexicon for either side, or the same words and counts for both where they are shared."""
        if not shared:
            source = cls.of(spool.words("source"))
            _release()
            return source, cls.of(spool.words("target"))
        both = cls.of(chain(spool.words("source"), spool.words("target")))
        half = len(both.numbers) // 2
        return replace(both, numbers=both.numbers[:half]), replace(both, numbers=both.numbers[half:])

    def see(self, block: int, counts: Counts) -> None:
        """Add how often the training pairs of a block have each of its own words, which are distinct."""
        self.counts[self.numbers[block]] += counts

    def learn(self, tokenizer: type[Tokenizer], size: int) -> Tokenizer:
        """Return a tokenizer that has learnt from the words of the training part.

        Args:
            tokenizer: which kind.
            size: how many tokens it may make, if it has a choice.
        """
        if not tokenizer.learnt:
            return tokenizer()
        seen = np.flatnonzero(self.counts)
        words = self.words.take(pa.array(seen)).to_pylist()
        return tokenizer.learn(zip(words, self.counts[seen].tolist(), strict=True), size)


def _release() -> None:
    """Give back to the system the memory that Arrow keeps for the next time."""
    pa.default_memory_pool().release_unused()


def _united(columns: Sequence[pa.StringArray]) -> tuple[pa.StringArray, list[Integers]]:
    """Return the distinct words of columns, and for each column which of them its words are."""
    chunks = pa.chunked_array(columns, pa.string()).dictionary_encode().chunks
    filled = iter(chunks)  # Arrow leaves empty ones out
    nothing = np.empty(0, np.int32)
    numbers = [next(filled).indices.to_numpy() if len(each) else nothing for each in columns]
    return chunks[-1].dictionary if chunks else pa.array([], pa.string()), numbers


@dataclass(frozen=True)
class TokenTable:
    """How each word of a lexicon is cut into tokens.

    Attributes:
        tokens: the distinct tokens, (tokens,).
        counts: how often the training part has each, (tokens,).
        words: the tokens of each word.
    """

    tokens: pa.StringArray
    counts: Counts
    words: Lists

    @classmethod
    def of(cls, lexicon: Lexicon, tokenizer: Tokenizer) -> "TokenTable":
        """Cut every word."""
        if isinstance(tokenizer, WordTokenizer):  # every word is a token
            return cls(
                lexicon.words, lexicon.counts, Lists.single(np.arange(len(lexicon.words), dtype=np.int32))
            )
        numbers: dict[str, int] = {}
        words = Lists.of(
            [
                [numbers.setdefault(token, len(numbers)) for token in tokenizer.tokenize(word)]
                for word in lexicon.words.to_pylist()
            ]
        )
        counts = np.zeros(len(numbers), np.int64)
        np.add.at(counts, words.values, np.repeat(lexicon.counts, words.lengths))
        return cls(pa.array(list(numbers), pa.string()), counts, words)

    def indices(self, vocabulary: Vocabulary) -> Lists:
        """Return the indices of each word's tokens."""
        return Lists(vocabulary.lookup(self.tokens)[self.words.values], self.words.offsets)
