"""Blocks of one size, compared with going through the pairs one at a time."""

from collections.abc import Iterator
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.prepare import blocks
from seq2seq_cli.corpus.prepare.blocks import even_blocks
from seq2seq_cli.corpus.sources import Block, Invalid

Pair = tuple[str, str]
Row = tuple[str | None, str, str]
Cut = list[tuple[str | None, list[Pair]]]

many = settings(derandomize=True, deadline=None, max_examples=100)
sides = st.sampled_from(["a", "été", "a longer sentence", ""])
some_rows = st.lists(st.tuples(sides, sides), max_size=30)


def block(pairs: list[Pair], part: str | None = None, invalid: int = 0, fraction: float = 0.5) -> Block:
    first, second = (pa.array([pair[side] for pair in pairs], pa.string()) for side in (0, 1))
    return Block(first, second, part, tuple(Invalid("f", n, "no tab") for n in range(invalid)), fraction)


def plain(found: list[Block]) -> Cut:
    return [
        (each.part, list(zip(each.first.to_pylist(), each.second.to_pylist(), strict=True))) for each in found
    ]


def size(pair: Pair) -> int:
    return sum(len(side.encode()) for side in pair)


def one_at_a_time(parts: Cut, rows: int, most_bytes: int) -> Cut:
    """Begin a new block where the pair would be one too many, or would make the block too large."""
    made: Cut = []
    for part, pairs in parts:
        full: list[Pair] = []
        for pair in pairs:
            if full and (len(full) == rows or sum(map(size, [*full, pair])) > most_bytes):
                made.append((part, full))
                full = []
            full.append(pair)
        if full:
            made.append((part, full))
    return made


@st.composite
def cuts(draw: st.DrawFn) -> tuple[Cut, list[Block]]:
    """Runs of pairs of one part, and blocks of any sizes that hold them."""
    names = draw(st.sampled_from([[None], ["train", "valid", "test"], [None, "test"], ["train"]]))
    parts = [(name, draw(some_rows)) for name in names]
    given_blocks = []
    for name, pairs in parts:
        bounds = sorted([0, len(pairs), *draw(st.lists(st.integers(0, len(pairs)), max_size=6))])
        given_blocks += [
            block(pairs[start:stop], name, draw(st.integers(0, 3))) for start, stop in pairwise(bounds)
        ]
    return parts, given_blocks


@many
@given(cuts(), st.integers(1, 9), st.sampled_from([1, 20, 40, 1 << 20]))
def test_blocks_are_the_same_however_the_input_is_cut(
    cut: tuple[Cut, list[Block]], rows: int, most_bytes: int
) -> None:
    parts, given_blocks = cut
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_ROWS", rows)
        patch.setattr(blocks, "_BLOCK_BYTES", most_bytes)
        found = list(even_blocks(given_blocks))
    assert [each for each in plain(found) if each[1]] == one_at_a_time(parts, rows, most_bytes)
    invalid = [line for each in found for line in each.invalid]
    assert invalid == [line for each in given_blocks for line in each.invalid]


def test_a_block_says_how_far_the_source_had_been_read() -> None:
    given_blocks = [block([("a", "b")], fraction=share) for share in (0.25, 1.0)]
    assert [each.fraction for each in even_blocks(given_blocks)] == [1.0]
    given_blocks = [block([("a", "b")], "train", fraction=0.5), block([("a", "b")], "test", fraction=1.0)]
    assert [each.fraction for each in even_blocks(given_blocks)] == [0.5, 1.0]


def test_a_file_of_nothing_but_invalid_lines_is_handed_on_as_it_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 100)
    read = 0

    def long() -> Iterator[Block]:
        nonlocal read
        for _ in range(300):
            read += 30
            yield block([], invalid=30)

    even, passed_on = even_blocks(long()), 0
    for _ in range(50):
        passed_on += len(next(even).invalid)
        assert read - passed_on < 130


def test_pairs_are_handed_on_before_all_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 100)
    read = 0

    def long() -> Iterator[Block]:
        nonlocal read
        for _ in range(300):
            read += 30
            yield block([("a", "b")] * 30)

    even = even_blocks(long())
    for n in range(1, 20):
        assert len(next(even)) == 100
        assert read < 100 * n + 30


def test_a_source_of_nothing_gives_no_blocks() -> None:
    assert list(even_blocks([])) == []
    assert list(even_blocks([block([])])) == []
