"""A vocabulary: how many words, how often, and how far the frequent ones reach."""

from dataclasses import dataclass

import numpy as np

from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.symbols import SPECIAL_SYMBOLS


@dataclass(frozen=True)
class VocabularySummary:
    """One side's words."""

    side: str  # source or target
    size: int  # special symbols counted
    tokens: int  # running words of the training part that the vocabulary has
    seen_once: int  # words that the training part has only once
    half: int  # so many of the most frequent words make half of the running words
    frequent: list[tuple[int, str, int]]  # index, word, count; the most frequent first


def summarise_vocabulary(vocabulary: Vocabulary, side: str, most: int = 20) -> VocabularySummary:
    """Return what a person wants to know of a vocabulary.

    Args:
        vocabulary: the words.
        side: what to call it.
        most: how many of the most frequent words to name.
    """
    first = len(SPECIAL_SYMBOLS)
    counts = vocabulary.counts[first:]
    tokens = int(counts.sum())
    ranked = first + np.argsort(-counts, kind="stable")
    reached = np.cumsum(vocabulary.counts[ranked])
    return VocabularySummary(
        side,
        len(vocabulary),
        tokens,
        int(np.count_nonzero(counts == 1)),
        int(np.searchsorted(reached, tokens / 2)) + 1 if tokens else 0,
        [
            (index, vocabulary.index_to_word[index], int(vocabulary.counts[index]))
            for index in ranked[:most].tolist()
        ],
    )
