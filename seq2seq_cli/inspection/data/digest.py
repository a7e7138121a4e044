"""One side of a window of pairs, in numbers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seq2seq_cli.corpus.lists import Integers, Lists, offsets_of
from seq2seq_cli.corpus.prepare.hashing import Hashes
from seq2seq_cli.corpus.prepare.sentences import Sentences
from seq2seq_cli.inspection.data.casing import count_capitals
from seq2seq_cli.inspection.data.scripts import ScriptNumbers, sentence_scripts
from seq2seq_cli.symbols import UNK


@dataclass(frozen=True)
class Digest:
    """What is kept of some sentences when they are let go.

    Attributes:
        tokens: how many there are, without <eos>.
        longest: how many the longest sentence has.
        unknown: how many are <unk>.
        known: the different indices among them but <unk>.
        unknown_words: the different words that the vocabulary lacks, where words are the tokens.
        unknown_counts: how often each of those occurs.
        words: how many there are.
        lengths: how many sentences have 0, 1, 2, ... words.
        capitalised: how many sentences begin with a capital.
        in_capitals: how many words are written in capitals.
        hashes: a number for each sentence, (sentences,).
        scripts: the script of each sentence, (sentences,).
        characters: how many each sentence has, (sentences,).
    """

    tokens: int
    longest: int
    unknown: int
    known: Integers
    unknown_words: pa.StringArray
    unknown_counts: npt.NDArray[np.int64]
    words: int
    lengths: npt.NDArray[np.int64]
    capitalised: int
    in_capitals: int
    hashes: Hashes
    scripts: ScriptNumbers
    characters: Integers


def digest(texts: pa.StringArray, ids: pa.ListArray, words_are_tokens: bool) -> Digest:
    """Look at sentences.

    Args:
        texts: normalised.
        ids: their indices, each sentence ending in <eos>.
        words_are_tokens: whether each word has one index.
    """
    sentences = words_of(texts)
    rows = Lists.of_arrow(ids)
    tokens = np.delete(rows.values, rows.offsets[1:] - 1)
    unknown = tokens == UNK
    lacking = np.zeros(len(sentences.words), np.int64)
    if words_are_tokens:
        lacking += np.bincount(sentences.rows.values[unknown], minlength=len(lacking))
    capitalised, in_capitals = count_capitals(sentences)
    return Digest(
        len(tokens),
        int(rows.lengths.max(initial=1)) - 1,
        int(np.count_nonzero(unknown)),
        np.unique(tokens[~unknown]),
        sentences.words.filter(pa.array(lacking > 0)),
        lacking[lacking > 0],
        len(sentences.rows.values),
        np.bincount(sentences.lengths),
        capitalised,
        in_capitals,
        sentences.hashes,
        sentence_scripts(sentences),
        pc.utf8_length(texts).to_numpy(),
    )


def words_of(texts: pa.StringArray) -> Sentences:
    """Return normalised sentences as numbers of their words, which stand between single blanks."""
    pieces = pc.split_pattern(texts, " ")
    encoded = pieces.flatten().dictionary_encode()
    offsets = pieces.offsets.to_numpy().astype(np.int64)
    rows = Lists(encoded.indices.to_numpy(), offsets - offsets[0])
    is_word = pc.binary_length(encoded.dictionary).to_numpy() > 0
    if not is_word.all():  # an empty sentence is one empty piece
        rows = rows.unfold(Lists(np.flatnonzero(is_word).astype(np.int32), offsets_of(is_word)))
    return Sentences(encoded.dictionary, rows)
