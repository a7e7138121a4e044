"""What goes onto the spool comes off it again, as often as one likes."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.naming import SIDES
from seq2seq_cli.corpus.prepare.sentences import Sentences
from seq2seq_cli.corpus.prepare.spool import Spool
from seq2seq_cli.corpus.text import TextPipeline

Columns = tuple[list[str], list[str]]

texts = st.lists(st.sampled_from(["a", "b", "été", "\0"]), max_size=4).map(" ".join)
blocks = st.lists(
    st.integers(0, 5).flatmap(
        lambda n: st.tuples(*2 * [st.lists(texts, min_size=n, max_size=n)]),
    ),
    max_size=5,
)


def sentences(column: list[str]) -> Sentences:
    return Sentences.of(pa.array(column, pa.string()), TextPipeline("plain"))


def plain(spool: Spool) -> list[Columns]:
    return [(source.texts().to_pylist(), target.texts().to_pylist()) for source, target in spool.blocks()]


@settings(derandomize=True, deadline=None, max_examples=60)
@given(written=blocks)
def test_blocks_come_back_in_their_order_again_and_again(
    tmp_path_factory: pytest.TempPathFactory, written: list[Columns]
) -> None:
    spool = Spool(tmp_path_factory.getbasetemp())
    expected, hashes = [], []
    with spool:
        for source, target in written:
            pair = sentences(source), sentences(target)
            expected.append(tuple(side.texts().to_pylist() for side in pair))
            hashes.append([side.hashes.tolist() for side in pair])
            spool.append(*pair)
    for side, found in enumerate(spool.hashes()):
        assert found.tolist() == [number for block in hashes for number in block[side]]
    assert plain(spool) == expected
    assert plain(spool) == expected


def test_taken_sentences_and_the_words_of_their_block_alone_are_spooled(tmp_path: Path) -> None:
    block = sentences(["a b", "c", "b b"])
    with Spool(tmp_path) as spool:
        spool.append(block.take([2]), block.take([1, 0]).take([0]))
    assert plain(spool) == [(["b b"], ["c"])]
    assert [[words.to_pylist() for words in spool.words(side)] for side in SIDES] == [[["b"]], [["c"]]]


def test_nothing_of_the_sentences_stays_in_memory(tmp_path: Path) -> None:
    block = sentences(["a b c d e f g h"] * 20_000)
    with Spool(tmp_path) as spool:
        before = pa.total_allocated_bytes()
        for _ in range(20):
            spool.append(block, block)
        assert pa.total_allocated_bytes() - before < 1 << 20
    for _ in spool.blocks():
        assert pa.total_allocated_bytes() - before < 4 << 20
