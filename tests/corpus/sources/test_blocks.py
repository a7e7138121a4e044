"""Blocks: none too large, none for nothing."""

import pyarrow as pa

from seq2seq_cli.corpus.sources import Invalid, blocks


def test_many_invalid_lines_come_in_several_blocks() -> None:
    made = 0

    def faults():
        nonlocal made
        for made in range(1, 25_001):
            yield Invalid("pairs.tsv", made, "no tab")

    some = pa.array(["a"])
    stream = blocks.blocks_of(some, some, faults(), 0.5)
    first = next(stream)
    assert len(first) == 1
    assert made == 10_000  # the others do not exist yet
    others = [*stream]
    assert [len(block) for block in others] == [0, 0]
    assert [fault.line for block in (first, *others) for fault in block.invalid] == [*range(1, 25_001)]
    assert {block.fraction for block in (first, *others)} == {0.5}


def test_nothing_is_no_block() -> None:
    none = pa.array([], pa.string())
    assert [*blocks.blocks_of(none, none, (), 0.5)] == []
    assert [*blocks.Gathering().blocks(None)] == []


def test_a_fault_alone_is_a_block_without_pairs() -> None:
    gathering = blocks.Gathering()
    gathering.reject("pairs.csv", 3, "no comma")
    (block,) = gathering.blocks(None)
    assert len(block) == 0
    assert block.first.type == pa.string()
    assert block.invalid == (Invalid("pairs.csv", 3, "no comma"),)


def test_a_gathering_is_full_of_text_or_of_faults_and_begins_anew(monkeypatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 1000)
    monkeypatch.setattr(blocks, "MANY_INVALID", 3)
    gathering = blocks.Gathering()
    gathering.add("a" * 400, "b" * 400)
    assert not gathering.is_full()
    gathering.add("a" * 100, "b")
    assert gathering.is_full()
    (block,) = gathering.blocks(None)
    assert block.second.to_pylist() == ["b" * 400, "b"]
    assert not gathering.is_full()
    for line in range(3):
        assert not gathering.is_full()
        gathering.reject("pairs.csv", line, "no comma")
    assert gathering.is_full()


def test_a_pair_with_a_null_is_called_by_the_file_that_has_it() -> None:
    first, second = pa.array(["a", None, "c", None]), pa.array([None, "2", "3", None])
    (block,) = blocks.blocks_without_nulls(first, second, ("en", "fr"), 10, "null", None, {1})
    assert (block.first.to_pylist(), block.second.to_pylist()) == (["c"], ["3"])
    assert [(fault.file, fault.line, fault.problem) for fault in block.invalid] == [
        ("fr", 10, "null"),
        ("en", 11, "not UTF-8"),
        ("en", 13, "null"),
    ]
