"""From a part to batches, compared with padding, sorting and counting in plain Python."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice, pairwise

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seq2seq_cli.batch import Batch
from seq2seq_cli.corpus import batching
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.corpus.cutting import CUTS
from seq2seq_cli.errors import UnknownNameError
from seq2seq_cli.symbols import EOS, PAD

Ids = list[int]
Pair = tuple[Ids, Ids]
Lengths = NDArray[np.int32]

many = settings(derandomize=True, deadline=None, max_examples=40)
sentences = st.lists(st.integers(4, 99), max_size=7).map(lambda ids: [*ids, EOS])
corpora = st.lists(st.lists(st.tuples(sentences, sentences), max_size=7), max_size=7)  # chunks
ways = st.sampled_from(list(CUTS))
sizes = st.integers(1, 30)
windows = st.sampled_from([1, 5, 12, 1000])
every_way = pytest.mark.parametrize("by", list(CUTS))


class FakePart:
    """A part in memory, and a record of the chunks that were asked for together."""

    def __init__(self, chunks: Sequence[Sequence[Pair]]) -> None:
        self.chunks = chunks
        self.chunk_rows = tuple(map(len, chunks))
        self.read: list[list[int]] = []
        self.measured: list[list[int]] = []

    def __len__(self) -> int:
        return sum(self.chunk_rows)

    def ids(self, chunks: Sequence[int]) -> tuple[pa.ListArray, pa.ListArray]:
        self.read.append(list(chunks))
        pairs = self.pairs(chunks)
        ids = pa.list_(pa.int32())
        return pa.array([s for s, _ in pairs], ids), pa.array([t for _, t in pairs], ids)

    def lengths(self, chunks: Sequence[int]) -> tuple[Lengths, Lengths]:
        self.measured.append(list(chunks))
        pairs = self.pairs(chunks)
        return np.array([len(s) for s, _ in pairs], np.int32), np.array([len(t) for _, t in pairs], np.int32)

    def pairs(self, chunks: Sequence[int]) -> list[Pair]:
        return list(chain.from_iterable(self.chunks[chunk] for chunk in chunks))

    def rows_of(self, request: list[int]) -> int:
        return sum(self.chunk_rows[chunk] for chunk in request)


def part_of(pairs: Sequence[Pair], rows_a_chunk: int = 50) -> FakePart:
    return FakePart([pairs[i : i + rows_a_chunk] for i in range(0, len(pairs), rows_a_chunk)])


@contextmanager
def windows_of(rows: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batching, "WINDOW_ROWS", rows)
        yield


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


def tokens_of(pairs: list[Pair]) -> int:
    return len(pairs) * max(len(side) for pair in pairs for side in pair)


def lengths_of(pair: Pair) -> tuple[int, int]:
    return len(pair[0]), len(pair[1])


def counted(pairs: list[Pair]) -> Counter[str]:
    return Counter(map(str, pairs))


def epoch_of(batches: Batches, epoch: int = 0, start: int = 0) -> list[list[Pair]]:
    return [pairs_of(batch) for batch in batches.shuffled(epoch, start)]


def long_corpus(count: int = 3000) -> list[Pair]:
    """Lengths as in real text: most sentences short, some long, targets about as long as sources."""
    generator = random.Random(11)
    pairs = []
    for i in range(count):
        length = min(1 + int(generator.expovariate(1 / 8)), 60)
        target_length = max(1, length + generator.randint(-1, 1))
        pairs.append(([4 + i % 90] * length + [EOS], [5 + i % 90] * target_length + [EOS]))
    return pairs


def numbered(count: int) -> list[Pair]:
    """Sentences of one length, no two of them alike."""
    return [([4 + i, EOS], [4 + i, EOS]) for i in range(count)]


@many
@given(corpora, sizes, ways, windows, st.integers(0, 3), st.integers(0, 3))
def test_every_pair_comes_exactly_once_an_epoch(
    corpus: list[list[Pair]], size: int, by: str, window: int, seed: int, epoch: int
) -> None:
    with windows_of(window):
        found = epoch_of(Batches(FakePart(corpus), size, by=by, seed=seed), epoch)
    assert counted(list(chain(*found))) == counted(list(chain(*corpus)))


@many
@given(corpora, sizes, ways, windows, st.integers(0, 3))
def test_the_number_of_batches_is_known_before_any_token_is_read(
    corpus: list[list[Pair]], size: int, by: str, window: int, epoch: int
) -> None:
    part = FakePart(corpus)
    with windows_of(window):
        batches = Batches(part, size, by=by)
    found = len(batches)
    assert part.read == []
    assert len(list(batches.shuffled(epoch))) == found == len(batches)
    filled = [i for i, chunk in enumerate(corpus) if chunk]
    assert sorted(chain(*part.measured)) == (filled if by == "tokens" else [])


@many
@given(corpora, sizes, ways, windows)
def test_a_batch_is_padded_with_zeros_to_its_longest_sentence(
    corpus: list[list[Pair]], size: int, by: str, window: int
) -> None:
    with windows_of(window):
        batches = Batches(FakePart(corpus), size, by=by)
    for batch in batches.shuffled(0):
        pairs = pairs_of(batch)
        assert batch.source.tolist() == padded_by_hand([source for source, _ in pairs])
        assert batch.target.tolist() == padded_by_hand([target for _, target in pairs])
        assert batch.source_lengths.tolist() == [len(source) for source, _ in pairs]
        assert batch.target_lengths.tolist() == [len(target) for _, target in pairs]
        assert batch.target_tokens == sum(len(target) for _, target in pairs)
        assert all(side[-1] == EOS for pair in pairs for side in pair)
        assert batch.source.dtype == batch.target.dtype == torch.int64


@many
@given(corpora, sizes)
def test_batches_of_sentences_are_as_few_and_as_alike_as_can_be(corpus: list[list[Pair]], size: int) -> None:
    part = FakePart(corpus)
    found = [len(batch) for batch in Batches(part, size).shuffled(0)]
    assert len(found) == -(-len(part) // size)
    assert max(found, default=0) <= size
    assert max(found, default=0) - min(found, default=0) <= 1


@many
@given(corpora, sizes, windows)
def test_batches_of_tokens_keep_within_their_size_unless_a_pair_is_longer(
    corpus: list[list[Pair]], size: int, window: int
) -> None:
    with windows_of(window):
        batches = Batches(FakePart(corpus), size, by="tokens")
    for batch in batches.shuffled(0):
        cells = max(batch.source.numel(), batch.target.numel())
        assert cells <= size or len(batch) == 1


@many
@given(corpora, sizes)
def test_batches_of_tokens_have_no_room_for_the_next_pair(corpus: list[list[Pair]], size: int) -> None:
    found = [pairs_of(batch) for _, batch in Batches(FakePart(corpus), size, by="tokens").in_order()]
    for batch, following in pairwise(found):
        assert tokens_of([*batch, following[0]]) > size


@many
@given(corpora, sizes, ways, st.integers(0, 3))
def test_the_rows_of_a_window_are_cut_where_their_sorted_lengths_say(
    corpus: list[list[Pair]], size: int, by: str, epoch: int
) -> None:
    """The lengths in the batches are the same in every epoch, whichever pairs have them."""
    batches = Batches(FakePart(corpus), size, by=by)
    in_order = [[lengths_of(pair) for pair in pairs_of(batch)] for _, batch in batches.in_order()]
    found = [[lengths_of(pair) for pair in pairs] for pairs in epoch_of(batches, epoch)]
    assert sorted(found) == sorted(in_order)


@many
@given(corpora, sizes, ways, st.integers(1, 5))
def test_a_part_of_one_window_gives_the_same_batches_whatever_its_chunks(
    corpus: list[list[Pair]], size: int, by: str, rows_a_chunk: int
) -> None:
    in_other_chunks = part_of(list(chain(*corpus)), rows_a_chunk)
    assert epoch_of(Batches(in_other_chunks, size, by=by)) == epoch_of(Batches(FakePart(corpus), size, by=by))


@pytest.mark.parametrize("window", [60, 1000])
def test_the_order_depends_on_seed_and_epoch_and_nothing_else(window: int) -> None:
    part = part_of(long_corpus(200), 10)

    def order(seed: int, epoch: int) -> str:
        return str(epoch_of(Batches(part, 8, seed=seed), epoch))

    with windows_of(window):
        reused = Batches(part, 8, seed=1)
        list(reused.shuffled(3))
        torch.manual_seed(12345)
        random.seed(12345)
        assert str(epoch_of(reused)) == order(1, 0)
        seeds = (0, 1, 2, 2**32, 2**32 + 1, 2**63 - 1)
        assert len({order(seed, epoch) for seed in seeds for epoch in range(4)}) == 24


def test_making_an_order_leaves_the_global_generator_alone() -> None:
    before = torch.random.get_rng_state()
    list(Batches(part_of(long_corpus(50)), 8, seed=1).shuffled(0))
    assert torch.equal(torch.random.get_rng_state(), before)


@many
@given(corpora, sizes, ways, windows, st.integers(0, 3))
def test_an_epoch_goes_on_in_the_middle_and_reads_nothing_before(
    corpus: list[list[Pair]], size: int, by: str, window: int, epoch: int
) -> None:
    part = FakePart(corpus)
    with windows_of(window):
        batches = Batches(part, size, by=by, seed=7)
    whole: list[list[Pair]] = []
    read_by = []  # batch -> how many windows have been read then
    for batch in batches.shuffled(epoch):
        whole.append(pairs_of(batch))
        read_by.append(len(part.read))
    windows_read = list(part.read)
    for start in range(len(whole) + 2):
        part.read.clear()
        assert epoch_of(batches, epoch, start) == whole[start:]
        needed = windows_read[read_by[start] - 1 :] if start < len(whole) else []
        assert part.read == needed


@every_way
def test_the_first_epoch_begins_without_a_look_at_all_lengths(by: str) -> None:
    part = part_of(long_corpus(200), 10)
    with windows_of(20):
        next(Batches(part, 32, by=by).shuffled(0))
    assert part.measured == []
    assert len(part.read) == 1


@many
@given(corpora, sizes, ways, windows, st.integers(1, 5), st.integers(0, 2))
def test_the_shares_of_all_ranks_are_the_batch(
    corpus: list[list[Pair]], size: int, by: str, window: int, ranks: int, epoch: int
) -> None:
    with windows_of(window):
        whole = Batches(FakePart(corpus), size, by=by, seed=3)
        shares = [
            Batches(FakePart(corpus), size, by=by, seed=3, rank=rank, ranks=ranks) for rank in range(ranks)
        ]
    assert {len(share) for share in shares} == {len(whole)}
    found = [epoch_of(share, epoch) for share in shares]
    expected = epoch_of(whole, epoch)
    for rank in range(ranks):
        assert found[rank] == [batch[rank::ranks] for batch in expected]


def test_a_rank_without_a_pair_gets_a_batch_of_no_rows() -> None:
    (batch,) = Batches(part_of([([4, 5, EOS], [4, EOS])]), 4, rank=1, ranks=2).shuffled(0)
    assert len(batch) == batch.target_tokens == 0
    assert batch.source.shape == batch.target.shape == (0, 1)
    assert batch.source_lengths.shape == batch.target_lengths.shape == (0,)
    assert batch.source.dtype == batch.source_lengths.dtype == torch.int64


@many
@given(
    st.lists(st.integers(0, 9), max_size=40).map(lambda rows: [numbered(n) for n in rows]),
    st.integers(1, 60),
    st.integers(0, 3),
)
def test_windows_are_about_as_large_as_they_may_be(corpus: list[list[Pair]], window: int, seed: int) -> None:
    part = FakePart(corpus)
    with windows_of(window):
        list(Batches(part, 4, seed=seed).shuffled(0))
    largest = max(part.chunk_rows, default=0)
    assert all(part.rows_of(request) < window + largest for request in part.read)
    assert len(part.read) <= -(-len(part) // window)
    assert sorted(chain(*part.read)) == [i for i, chunk in enumerate(corpus) if chunk]


def test_a_part_as_large_as_a_window_is_shuffled_as_a_whole() -> None:
    part = part_of(numbered(300), 7)
    with windows_of(300):
        list(Batches(part, 4).shuffled(0))
        assert len(part.read) == 1
    with windows_of(299):
        list(Batches(part, 4).shuffled(0))
        one, other = map(part.rows_of, part.read[1:])
        assert abs(one - other) <= 7 * 2


def test_a_window_holds_chunks_from_all_over_the_part() -> None:
    part = part_of(numbered(1000), 5)
    with windows_of(250):
        list(Batches(part, 8, seed=1).shuffled(0))
    assert len(part.read) == 4
    for request in part.read:
        assert len(request) == 50
        assert min(request) < 30
        assert max(request) > 170
        assert 70 < sum(request) / 50 < 130
        assert request == sorted(request)


def test_windows_stay_and_their_order_is_that_of_the_epoch() -> None:
    part = part_of(numbered(400), 5)

    def read_in(batches: Batches, epoch: int) -> list[list[int]]:
        part.read.clear()
        list(batches.shuffled(epoch))
        return list(part.read)

    with windows_of(50):
        batches, other = (Batches(part, 8, seed=seed) for seed in (1, 2))
    orders = [read_in(batches, epoch) for epoch in range(4)]
    assert len(set(map(str, orders))) == 4
    assert len({str(sorted(order)) for order in orders}) == 1
    assert sorted(read_in(other, 0)) != sorted(orders[0])


class HugePart:
    """A part that makes its chunks when they are asked for, and weighs what is left of those before."""

    chunk_rows = (100,) * 2000

    def __init__(self) -> None:
        self.at_rest = pa.total_allocated_bytes()
        self.left: list[int] = []
        self.chunks: list[int] = []

    def ids(self, chunks: Sequence[int]) -> tuple[pa.ListArray, pa.ListArray]:
        self.left.append(pa.total_allocated_bytes() - self.at_rest)
        self.chunks.append(len(chunks))
        ids = pa.array([[4 + chunk % 9, EOS] for chunk in chunks for _ in range(100)], pa.list_(pa.int32()))
        return ids, pa.concat_arrays([ids])

    def lengths(self, chunks: Sequence[int]) -> tuple[Lengths, Lengths]:
        lengths = np.full(100 * len(chunks), 2, np.int32)
        return lengths, lengths


@every_way
def test_no_more_than_a_window_is_in_memory(by: str) -> None:
    part = HugePart()
    with windows_of(5000):
        batches = Batches(part, 500, by=by)
        for batch in batches.shuffled(0, 7):
            assert len(batch) <= 500
        for rows, batch in batches.in_order():
            assert len(rows) == len(batch)
    assert max(part.chunks) == 50
    assert set(part.left) == {0}


def padding_share(found: list[list[Pair]]) -> float:
    cells = sum(len(pairs) * max(len(pair[side]) for pair in pairs) for pairs in found for side in (0, 1))
    return 1 - sum(len(side) for pairs in found for pair in pairs for side in pair) / cells


@pytest.mark.parametrize(
    ("by", "size", "window", "gain"),
    [("sentences", 32, 10_000, 12), ("sentences", 32, 1000, 6), ("tokens", 400, 10_000, 12)],
)
def test_a_batch_holds_sentences_of_like_length(by: str, size: int, window: int, gain: int) -> None:
    corpus = long_corpus()
    with windows_of(window):
        found = epoch_of(Batches(part_of(corpus), size, by=by, seed=1))
    order = random.Random(0).sample(corpus, len(corpus))
    at_random = padding_share([order[i : i + 32] for i in range(0, len(order), 32)])
    assert at_random > 0.4
    assert padding_share(found) < at_random / gain


@every_way
@pytest.mark.parametrize("window", [1000, 10_000])
def test_long_and_short_batches_come_mixed_even_from_a_sorted_part(by: str, window: int) -> None:
    part = part_of(sorted(long_corpus(), key=lengths_of), 20)
    size = 32 if by == "sentences" else 300
    with windows_of(window):
        times = [batch.source.shape[1] for batch in Batches(part, size, by=by, seed=1).shuffled(0)]
    rises = sum(a < b for a, b in pairwise(times))
    falls = sum(a > b for a, b in pairwise(times))
    assert min(rises, falls) > 0.35 * len(times)
    quarters = [times[i * len(times) // 4 : (i + 1) * len(times) // 4] for i in range(4)]
    overall = sum(times) / len(times)
    assert all(overall / 2 < sum(quarter) / len(quarter) < overall * 2 for quarter in quarters)


@every_way
def test_sentences_meet_other_sentences_in_every_epoch(by: str) -> None:
    batches = Batches(part_of(numbered(64)), 8 if by == "sentences" else 16, by=by, seed=1)
    companies = [
        {frozenset(batch.source[:, 0].tolist()) for batch in batches.shuffled(epoch)} for epoch in (0, 1)
    ]
    assert not companies[0] & companies[1]


@many
@given(corpora, sizes, ways, windows, st.integers(1, 3))
def test_in_order_the_rows_lead_back_to_the_corpus(
    corpus: list[list[Pair]], size: int, by: str, window: int, ranks: int
) -> None:
    part = FakePart(corpus)
    pairs = list(chain(*corpus))
    order: list[int] = []
    with windows_of(window):
        for rows, batch in Batches(part, size, by=by, ranks=ranks).in_order():
            assert pairs_of(batch) == [pairs[row] for row in rows.tolist()]
            assert len(rows) == 1 or (len(rows) if by == "sentences" else tokens_of(pairs_of(batch))) <= size
            order.extend(rows.tolist())
    assert list(chain(*part.read)) == [i for i, chunk in enumerate(corpus) if chunk]
    remaining = iter(range(len(pairs)))
    expected = [
        sorted(islice(remaining, part.rows_of(request)), key=lambda row: lengths_of(pairs[row]))
        for request in part.read
    ]
    assert order == list(chain(*expected))
    assert len(order) == len(pairs)


@pytest.mark.parametrize("chunks", [0, 1, 3])
@every_way
def test_an_empty_part_yields_nothing(by: str, chunks: int) -> None:
    batches = Batches(FakePart([[]] * chunks), 4, by=by)
    assert len(batches) == 0
    assert list(batches.shuffled(0)) == list(batches.shuffled(0, 3)) == []
    assert list(batches.in_order()) == []


@pytest.mark.parametrize(
    ("size", "rank", "ranks"), [(0, 0, 1), (-3, 0, 1), (4, 1, 1), (4, 5, 2), (4, -1, 2), (4, 0, 0)]
)
def test_numbers_without_sense_are_refused(size: int, rank: int, ranks: int) -> None:
    with pytest.raises(ValueError, match=f"{size}, rank {rank} of {ranks}"):
        Batches(part_of(numbered(3)), size, rank=rank, ranks=ranks)


def test_an_unknown_way_to_fill_a_batch_is_named() -> None:
    with pytest.raises(UnknownNameError, match=r"'sentence'.*Did you mean 'sentences'"):
        Batches(part_of(numbered(3)), 4, by="sentence")


@pytest.mark.parametrize("time", [3, 5])
def test_padding_never_shows_in_the_number_of_target_tokens(time: int) -> None:
    target = torch.full((2, time), PAD)
    batch = Batch(target, torch.tensor([1, 1]), target, torch.tensor([3, 2]))
    assert batch.target_tokens == 5
    assert len(batch) == 2
