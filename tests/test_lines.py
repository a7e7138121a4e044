"""Lines as they arrive: any bytes in any pieces, and no waiting."""

import io
import os
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.lines import line_blocks

text_like = st.lists(st.sampled_from([b"a", b"\n", b"\r", b"\r\n", b"\xff", b"", b"\xc3\xa9"])).map(b"".join)


class Pieces:
    """A stream that hands out its bytes piece by piece."""

    def __init__(self, pieces):
        self.pieces = [piece for piece in pieces if piece]

    def read1(self, size):
        return self.pieces.pop(0) if self.pieces else b""


def naive_lines(content):
    lines = content.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return [line.removesuffix(b"\r") for line in lines]


def flat(blocks):
    return [line for block in blocks for line in block]


@given(st.lists(st.one_of(st.binary(max_size=20), text_like)))
def test_any_bytes_in_any_pieces_give_the_lines_of_the_whole(pieces):
    assert flat(line_blocks(Pieces(pieces))) == naive_lines(b"".join(pieces))


@given(text_like)
def test_bytes_one_at_a_time_give_the_lines_of_the_whole(content):
    assert flat(line_blocks(Pieces([bytes([byte]) for byte in content]))) == naive_lines(content)


def test_a_line_longer_than_a_read_stays_one_line():
    long = b"x" * 200_000
    assert flat(line_blocks(io.BytesIO(b"a\n" + long + b"\nb"))) == [b"a", long, b"b"]


def test_no_block_is_empty():
    assert all(line_blocks(Pieces([b"a", b"b\n", b"c\n\n", b"d"])))


def test_an_empty_stream_has_no_lines():
    assert list(line_blocks(io.BytesIO())) == []


def test_what_has_arrived_is_answered_while_the_pipe_stays_open():
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stream, ThreadPoolExecutor(1) as executor:
        try:
            blocks = line_blocks(stream)
            for sent, expected in ((b"one\ntwo\nthr", [b"one", b"two"]), (b"ee\r\n", [b"three"])):
                os.write(writer, sent)
                assert executor.submit(next, blocks).result(timeout=30) == expected
            os.write(writer, b"end")
        finally:
            os.close(writer)  # releases a reader that waits, too
        assert list(blocks) == [[b"end"]]
