"""From a prepared part to batches, compared with padding and ordering in plain Python."""

import random
from collections import Counter
from itertools import pairwise

import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.batch import Batch
from seq2seq_cli.corpus.batching import Batches, Ragged, pad
from seq2seq_cli.corpus.dataset import _SCHEMA as SCHEMA
from seq2seq_cli.corpus.dataset import Part
from seq2seq_cli.symbols import EOS, PAD

Ids = list[int]
Pair = tuple[Ids, Ids]

many = settings(derandomize=True, deadline=None, max_examples=80)
sentences = st.lists(st.integers(4, 99), max_size=7).map(lambda ids: [*ids, EOS])
corpora = st.lists(st.tuples(sentences, sentences), min_size=1, max_size=30)


def part_of(pairs: list[Pair], rows_a_chunk: int | None = None) -> Part:
    ids = pa.list_(pa.int32())
    schema = pa.schema(
        [("source", pa.string()), ("target", pa.string()), ("source_ids", ids), ("target_ids", ids)]
    )
    step = rows_a_chunk or max(len(pairs), 1)
    chunks = [
        pa.record_batch(
            [[str(pair[0]) for pair in some], [str(pair[1]) for pair in some], *zip(*some, strict=True)],
            schema=schema,
        )
        for some in (pairs[i : i + step] for i in range(0, len(pairs), step))
    ]
    return Part("train", pa.Table.from_batches(chunks, schema=schema))


def pairs_of(batch: Batch) -> list[Pair]:
    """The sentence pairs of a batch, read with the true lengths."""
    return [
        (source[:n].tolist(), target[:m].tolist())
        for source, n, target, m in zip(
            batch.source, batch.source_lengths, batch.target, batch.target_lengths, strict=True
        )
    ]


def padded_by_hand(sentences: list[Ids]) -> list[Ids]:
    time = max(map(len, sentences))
    return [sentence + [0] * (time - len(sentence)) for sentence in sentences]


def counted(pairs: list[Pair]) -> Counter[str]:
    return Counter(map(str, pairs))


def long_corpus(count: int = 3000) -> list[Pair]:
    """Lengths as in real text: most sentences short, some long, targets about as long as sources."""
    generator = random.Random(11)
    pairs = []
    for i in range(count):
        length = min(1 + int(generator.expovariate(1 / 8)), 60)
        target_length = max(1, length + generator.randint(-1, 1))
        pairs.append(([4 + i % 90] * length + [EOS], [5 + i % 90] * target_length + [EOS]))
    return pairs


@many
@given(corpora, st.integers(1, 8), st.integers(0, 3), st.integers(0, 3))
def test_every_pair_comes_exactly_once_an_epoch(
    corpus: list[Pair], batch_size: int, seed: int, epoch: int
) -> None:
    batches = Batches(part_of(corpus), batch_size, seed)
    epoch_of_batches = list(batches.shuffled(epoch))
    assert counted([pair for batch in epoch_of_batches for pair in pairs_of(batch)]) == counted(corpus)
    assert len(epoch_of_batches) == len(batches) == -(-len(corpus) // batch_size)
    sizes = sorted(map(len, epoch_of_batches))
    assert sizes[-1] <= batch_size
    assert all(size == batch_size for size in sizes[1:])


@many
@given(corpora, st.integers(1, 8))
def test_a_batch_is_padded_with_zeros_to_its_longest_sentence(corpus: list[Pair], batch_size: int) -> None:
    for batch in Batches(part_of(corpus), batch_size).shuffled(0):
        pairs = pairs_of(batch)
        assert batch.source.tolist() == padded_by_hand([source for source, _ in pairs])
        assert batch.target.tolist() == padded_by_hand([target for _, target in pairs])
        assert batch.source_lengths.tolist() == [len(source) for source, _ in pairs]
        assert batch.target_lengths.tolist() == [len(target) for _, target in pairs]
        assert batch.target_tokens == sum(len(target) for _, target in pairs)
        assert all(side[-1] == EOS for pair in pairs for side in pair)
        assert batch.source.dtype == batch.target.dtype == torch.int64


@many
@given(corpora, st.data())
def test_chosen_rows_come_in_the_order_asked_for(corpus: list[Pair], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(corpus) - 1), min_size=1, max_size=6))
    batch = Batches(part_of(corpus), 4).batch(torch.tensor(rows))
    assert pairs_of(batch) == [corpus[row] for row in rows]


@many
@given(corpora, st.integers(1, 8), st.integers(1, 5))
def test_a_part_in_several_chunks_gives_the_same_batches(
    corpus: list[Pair], batch_size: int, rows_a_chunk: int
) -> None:
    whole = Batches(part_of(corpus), batch_size).shuffled(0)
    in_chunks = Batches(part_of(corpus, rows_a_chunk), batch_size).shuffled(0)
    assert [pairs_of(batch) for batch in in_chunks] == [pairs_of(batch) for batch in whole]


def test_the_order_depends_on_seed_and_epoch_and_nothing_else() -> None:
    part = part_of(long_corpus(200))

    def order(seed: int, epoch: int) -> str:
        return str([pairs_of(batch) for batch in Batches(part, 8, seed).shuffled(epoch)])

    reused = Batches(part, 8, seed=1)
    list(reused.shuffled(3))
    torch.manual_seed(12345)
    random.seed(12345)
    assert str([pairs_of(batch) for batch in reused.shuffled(0)]) == order(1, 0)
    assert len({order(seed, epoch) for seed in range(4) for epoch in range(4)}) == 16


def test_making_an_order_leaves_the_global_generator_alone() -> None:
    before = torch.random.get_rng_state()
    list(Batches(part_of(long_corpus(50)), 8, seed=1).shuffled(0))
    assert torch.equal(torch.random.get_rng_state(), before)


@many
@given(corpora, st.integers(1, 5), st.integers(0, 3))
def test_an_epoch_goes_on_in_the_middle_where_it_was_left(
    corpus: list[Pair], batch_size: int, epoch: int
) -> None:
    batches = Batches(part_of(corpus), batch_size, seed=7)
    whole = [pairs_of(batch) for batch in batches.shuffled(epoch)]
    for start in range(len(whole) + 1):
        assert [pairs_of(batch) for batch in batches.shuffled(epoch, start)] == whole[start:]


def padding_share(batches: list[Batch]) -> float:
    cells = sum(batch.source.numel() + batch.target.numel() for batch in batches)
    return 1 - sum(int(batch.source_lengths.sum() + batch.target_lengths.sum()) for batch in batches) / cells


def test_a_batch_holds_sentences_of_like_length() -> None:
    batches = Batches(part_of(long_corpus()), 32, seed=1)
    order = torch.randperm(3000, generator=torch.Generator().manual_seed(0))
    at_random = padding_share([batches.batch(rows) for rows in order.split(32)])
    assert at_random > 0.4
    assert padding_share(list(batches.shuffled(0))) < at_random / 8


def test_long_and_short_batches_come_mixed() -> None:
    lengths = [batch.source.shape[1] for batch in Batches(part_of(long_corpus()), 32, seed=1).shuffled(0)]
    rises = sum(a < b for a, b in pairwise(lengths))
    assert 0.3 < rises / len(lengths) < 0.7


def test_sentences_meet_other_sentences_in_every_epoch() -> None:
    batches = Batches(part_of([([4 + i, EOS], [4 + i, EOS]) for i in range(64)]), 8, seed=1)
    companies = [
        {frozenset(batch.source[:, 0].tolist()) for batch in batches.shuffled(epoch)} for epoch in (0, 1)
    ]
    assert not companies[0] & companies[1]


@many
@given(corpora, st.integers(1, 8))
def test_in_order_the_rows_lead_back_to_the_corpus(corpus: list[Pair], batch_size: int) -> None:
    restored: dict[int, Pair] = {}
    lengths = []
    for rows, batch in Batches(part_of(corpus), batch_size).in_order():
        assert len(rows) == len(batch) <= batch_size
        restored.update(zip(rows.tolist(), pairs_of(batch), strict=True))
        lengths.extend(
            zip(batch.source_lengths.tolist(), batch.target_lengths.tolist(), strict=True),
        )
    assert [restored[row] for row in range(len(corpus))] == corpus
    assert lengths == sorted(lengths)
    assert len(lengths) == len(corpus)


def test_an_empty_part_has_no_batches() -> None:
    assert len(Batches(part_of([]), 4)) == 0


@many
@given(st.lists(sentences, min_size=1), st.data())
def test_ragged_lengths_are_those_of_the_lists(lists: list[Ids], data: st.DataObject) -> None:
    ragged = Ragged.of(pa.array(lists, pa.list_(pa.int32())))
    assert len(ragged) == len(lists)
    assert ragged.lengths(torch.arange(len(lists))).tolist() == [len(ids) for ids in lists]
    rows = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=6))
    chosen = ragged.lengths(torch.tensor(rows, dtype=torch.int64))
    assert chosen.tolist() == [len(lists[row]) for row in rows]


def test_ragged_of_nothing_is_empty() -> None:
    assert len(Ragged.of(pa.array([], pa.list_(pa.int32())))) == 0


def test_ragged_looks_at_the_column_without_copying() -> None:
    column = pa.array([[4, 2], [5, 6, 2]], pa.list_(pa.int32()))
    assert Ragged.of(column).tokens.data_ptr() == column.values.buffers()[1].address


@many
@given(st.lists(sentences, min_size=1))
def test_pad_agrees_with_padding_by_hand(lists: list[Ids]) -> None:
    padded, lengths = pad(lists)
    assert padded.tolist() == padded_by_hand(lists)
    assert lengths.tolist() == [len(ids) for ids in lists]
    assert padded.dtype == lengths.dtype == torch.int64


def test_pad_uses_the_padding_symbol() -> None:
    padded, _ = pad([[7, EOS], [EOS]])
    assert padded[1, 1] == PAD == 0


@pytest.mark.parametrize("time", [3, 5])
def test_padding_never_shows_in_the_number_of_target_tokens(time: int) -> None:
    target = torch.full((2, time), PAD)
    batch = Batch(target, torch.tensor([1, 1]), target, torch.tensor([3, 2]))
    assert batch.target_tokens == 5
    assert len(batch) == 2


@pytest.mark.parametrize("chunks", [0, 1])
def test_an_empty_part_yields_nothing(chunks: int) -> None:
    table = pa.Table.from_batches([pa.record_batch([[], [], [], []], schema=SCHEMA)] * chunks, schema=SCHEMA)
    batches = Batches(Part("test", table), 4)
    assert list(batches.shuffled(0)) == []
    assert list(batches.in_order()) == []


def test_every_seed_that_the_config_admits_gives_an_order() -> None:
    part = Part("train", pa.table([["a"], ["b"], [[4, 2]], [[5, 2]]], schema=SCHEMA))
    assert len(list(Batches(part, 4, seed=2**63 - 1).shuffled(0))) == 1
