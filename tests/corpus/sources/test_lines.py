"""Bytes become lines, in memory that does not grow."""

import tracemalloc

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.sources import FORMATS, blocks, lines
from seq2seq_cli.corpus.sources.compression import Stream
from seq2seq_cli.corpus.sources.inputs import Input
from seq2seq_cli.errors import CorpusError

many = settings(derandomize=True, deadline=None, max_examples=100)
contents = st.lists(
    st.sampled_from([b"\n", b"\r\n", b"\r", b"a", "é".encode(), b"\xff", b"long words "])
).map(b"".join)


class Endless:
    """A file far larger than memory, made as it is read."""

    def __init__(self, line: bytes, size: int) -> None:
        self.repeated = line * ((1 << 12) // len(line))
        self.left = size // len(self.repeated)
        self.rest = b""

    def read(self, size: int, /) -> bytes:
        wanted = min(self.left, -(-(size - len(self.rest)) // len(self.repeated)))
        self.rest += self.repeated * wanted
        self.left -= wanted
        chunk, self.rest = self.rest[:size], self.rest[size:]
        return chunk


def stream_of(readable) -> Stream:
    return Stream(Input("pairs", lambda: readable), readable)


class Bytes:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self, size: int, /) -> bytes:
        chunk, self.content = self.content[:size], self.content[size:]
        return chunk


@many
@given(contents, st.integers(1, 9))
def test_lines_are_those_of_split(content, size) -> None:
    expected = content.split(b"\n")
    expected = expected[:-1] if expected[-1] == b"" else expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "CHUNK_BYTES", size)
        found = [*lines.numbered_lines(stream_of(Bytes(content)))]
        some = [*lines.line_blocks(stream_of(Bytes(content)))]
    assert found == list(enumerate(expected, start=1))
    assert [block.line(index) for block in some for index in range(len(block))] == [
        line.removesuffix(b"\r") for line in expected
    ]
    assert [block.number for block in some] == [1 + sum(map(len, some[:index])) for index in range(len(some))]


@many
@given(contents)
def test_lines_cut_at_their_ends_are_an_array(content) -> None:
    for block in lines.line_blocks(stream_of(Bytes(content))):
        bad = block.not_utf8()
        expected = [block.line(index).decode(errors="replace") for index in range(len(block))]
        assert [b"\xff" in block.line(index) for index in range(len(block))] == bad.tolist()
        array = block.cut(block.starts, block.ends, bad)
        array.validate(full=True)
        assert array.to_pylist() == [
            None if wrong else text for text, wrong in zip(expected, bad, strict=True)
        ]


def test_a_line_without_end_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(CorpusError, match=r"pairs has a line of more than 64 MB: is that a text file\?"):
        list(lines.line_blocks(stream_of(Endless(b"\0", 1 << 40))))


def test_a_long_line_with_an_end_is_read(monkeypatch) -> None:
    monkeypatch.setattr(lines, "CHUNK_BYTES", 10)
    monkeypatch.setattr(lines, "LONGEST_LINE", 1000)
    (block,) = lines.line_blocks(stream_of(Bytes(b"a" * 985 + b"\n")))
    assert len(block.line(0)) == 985


@pytest.mark.parametrize(
    ("format_", "line"),
    [
        ("tsv", b"yes and no\toui et non\n"),
        ("tsv", b"x\n"),
        ("tsv", b"\xff\tx\n"),
        ("tsv", b"\n"),
        ("csv", b"yes, and no\n"),
        ("csv", b"x\n"),
        ("jsonl", b'{"source": "yes", "target": "oui"}\n'),
        ("jsonl", b"{}\n"),
        ("lines", "été\n".encode()),
    ],
)
def test_memory_does_not_grow_with_the_file(monkeypatch, format_, line) -> None:
    """What decides how much is held at once is made 2048 times smaller, so that 96 kB are a large file."""
    monkeypatch.setattr(lines, "CHUNK_BYTES", lines.CHUNK_BYTES // 2048)
    monkeypatch.setattr(blocks, "BLOCK_SIZE", blocks.BLOCK_SIZE // 2048)
    monkeypatch.setattr(blocks, "MANY_INVALID", blocks.MANY_INVALID // 2048)
    peaks = []
    for size in (1 << 13, 1 << 13, 3 << 15):  # the first time loads what is loaded once
        sides = 2 if format_ == "lines" else 1
        streams = [stream_of(Endless(line, size)) for _ in range(sides)]
        arrow, held = pa.total_allocated_bytes(), 0
        tracemalloc.start()
        for block in FORMATS[format_](streams, None):
            held = max(held, pa.total_allocated_bytes() - arrow)
            assert len(block.invalid) <= blocks.MANY_INVALID
        peaks.append(held + tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    _, small, large = peaks
    assert large < 1.5 * small
    assert large < 1 << 18
