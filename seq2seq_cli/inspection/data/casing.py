"""Capitals: sentences that begin with one, words in nothing else; each distinct word is judged once."""

import numpy as np
import pyarrow.compute as pc

from seq2seq_cli.corpus.prepare.sentences import Sentences


def count_capitals(sentences: Sentences) -> tuple[int, int]:
    """Return how many sentences begin with a capital, and how many running words are written in capitals.

    A sentence begins with its first letter, whatever signs stand before it; a word in capitals has two
    letters or more, all of them capitals.
    """
    letters = pc.replace_substring_regex(sentences.words, r"\PL+", "")
    length = pc.utf8_length(letters).to_numpy()
    initial = pc.utf8_is_upper(pc.utf8_slice_codeunits(letters, 0, 1)).to_numpy(zero_copy_only=False)
    upper = pc.utf8_is_upper(letters).to_numpy(zero_copy_only=False) & (length > 1)
    values, offsets = sentences.rows.values, sentences.rows.offsets
    lettered = np.flatnonzero(length[values] > 0)
    first, end = np.searchsorted(lettered, offsets[:-1]), np.searchsorted(lettered, offsets[1:])
    beginnings = values[lettered[first[first < end]]]
    return int(np.count_nonzero(initial[beginnings])), int(np.count_nonzero(upper[values]))
