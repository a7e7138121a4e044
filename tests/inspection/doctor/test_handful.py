"""A few pairs that tell: different, ragged, and never long."""

from types import SimpleNamespace

import pyarrow as pa
import pytest

from seq2seq_cli.errors import DatasetError
from seq2seq_cli.inspection.doctor.handful import LONGEST, PAIRS, SHORTEST, handful, rows_of
from seq2seq_cli.symbols import EOS, PAD


def part_of(*pairs, chunks=1):
    """Return a part that holds pairs of sentences of indices, in chunks of like size."""
    size = -(-len(pairs) // chunks)

    def ids(wanted):
        rows = [pair for chunk in wanted for pair in pairs[chunk * size : (chunk + 1) * size]]
        return tuple(pa.array([row[side] for row in rows], pa.list_(pa.int32())) for side in (0, 1))

    rows = tuple(len(pairs[chunk * size : (chunk + 1) * size]) for chunk in range(chunks))
    return SimpleNamespace(name="train", chunk_rows=rows, ids=ids)


def sentences(tokens, lengths):
    return [row[:length] for row, length in zip(tokens.tolist(), lengths.tolist(), strict=True)]


def test_short_pairs_are_taken_as_they_are_from_short_to_long():
    pairs = [([*range(4, 4 + n), EOS], [*range(9, 9 + n), 7, EOS]) for n in (3, 1, 2)]
    batch = handful(part_of(*pairs))
    expected = sorted(pairs, key=lambda pair: len(pair[0]))
    assert sentences(batch.source, batch.source_lengths) == [source for source, _ in expected]
    assert sentences(batch.target, batch.target_lengths) == [target for _, target in expected]


def test_long_pairs_are_cut_each_at_another_length_and_end_in_eos():
    pairs = [([*range(4 + n, 104 + n), EOS], [*range(4 + n, 74 + n), EOS]) for n in range(50)]
    batch = handful(part_of(*pairs))
    lengths = [*range(LONGEST, SHORTEST - 1, -1)]
    assert len(batch) == PAIRS == len(lengths)
    assert batch.source_lengths.tolist() == lengths
    assert batch.target_lengths.tolist() == lengths[::-1]
    for sentence in (
        *sentences(batch.source, batch.source_lengths),
        *sentences(batch.target, batch.target_lengths),
    ):
        assert sentence[-1] == EOS
        assert EOS not in sentence[:-1]
        assert PAD not in sentence


def test_sources_of_the_same_words_are_taken_once_and_more_chunks_are_read_for_others():
    same = [([4, 5, EOS], [n, EOS]) for n in range(4, 9)] + [([5, 4, EOS], [9, EOS])]
    batch = handful(part_of(*same, ([6, EOS], [4, EOS]), chunks=3))
    assert sentences(batch.source, batch.source_lengths) == [[6, EOS], [4, 5, EOS]]


def test_two_different_sources_are_the_least():
    with pytest.raises(DatasetError, match="fewer than two different sources"):
        handful(part_of(([4, 5, EOS], [4, EOS]), ([5, 4, EOS], [5, EOS])))


def test_rows_are_given_without_padding_that_they_do_not_need():
    batch = handful(part_of(([4, EOS], [4, 5, 6, EOS]), ([5, 6, EOS], [4, EOS])))
    alone = rows_of(batch, [0])
    assert alone.source.tolist() == [[4, EOS]]
    assert alone.target.tolist() == [[4, 5, 6, EOS]]
    swapped = rows_of(batch, [1, 0])
    assert sentences(swapped.source, swapped.source_lengths) == [[5, 6, EOS], [4, EOS]]
