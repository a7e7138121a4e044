"""Lines as they arrive: any bytes in any pieces, and no waiting."""

import io
import os
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli import lines as module
from seq2seq_cli.lines import LONGEST_LINE, windows

text_like = st.lists(st.sampled_from([b"a", b"\n", b"\r", b"\r\n", b"\xff", b"", b"\xc3\xa9"])).map(b"".join)


class Pieces:
    """A stream that hands out its bytes piece by piece, and lies in memory."""

    def __init__(self, pieces):
        self.pieces = iter(piece for piece in pieces if piece)

    def read1(self, size):
        return next(self.pieces, b"")


def naive_lines(content):
    lines = content.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return [line.removesuffix(b"\r") for line in lines]


def flat(stream):
    return [line for window in windows(stream) for line in window.lines]


@given(st.lists(st.one_of(st.binary(max_size=20), text_like)))
def test_any_bytes_in_any_pieces_give_the_lines_of_the_whole(pieces):
    assert flat(Pieces(pieces)) == naive_lines(b"".join(pieces))


@given(text_like)
def test_bytes_one_at_a_time_give_the_lines_of_the_whole(content):
    assert flat(Pieces([bytes([byte]) for byte in content])) == naive_lines(content)


def test_a_line_longer_than_a_read_stays_one_line():
    long = b"x" * 200_000
    assert flat(io.BytesIO(b"a\n" + long + b"\nb")) == [b"a", long, b"b"]


def test_an_empty_stream_has_no_lines():
    assert list(windows(io.BytesIO())) == []


# Lines that are too long


@pytest.mark.parametrize("pieces", [1, 3, 10])
@given(st.lists(st.integers(0, 12)), st.booleans(), st.sampled_from([b"\n", b"\r\n"]))
def test_a_line_is_cut_where_it_is_too_long_and_only_there(pieces, sizes, ended, end):
    content = end.join(b"x" * size for size in sizes) + end * ended
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LONGEST_LINE", 10)
        found = list(windows(Pieces([content[i : i + pieces] for i in range(0, len(content), pieces)])))
    whole = naive_lines(content)
    assert [line for window in found for line in window.lines] == [line[:10] for line in whole]
    cut = [place in window.cut for window in found for place in range(len(window.lines))]
    assert cut == [len(line) > 10 for line in whole]


def test_an_endless_line_does_not_fill_the_memory():
    blocks = 1000
    endless = Pieces([b"first\n", *repeat(b"x" * (1 << 16), blocks), b"\nlast\n"])
    tracemalloc.start()
    first, long, last = flat(endless)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (first, last) == (b"first", b"last")
    assert long == b"x" * LONGEST_LINE
    assert peak < 6 * LONGEST_LINE < blocks << 16


# Windows


def test_what_flows_comes_in_large_windows_and_no_larger(monkeypatch):
    text = b"".join(b"%d\n" % number for number in range(1000))
    monkeypatch.setattr(module, "_BLOCK_BYTES", 40)
    monkeypatch.setattr(module, "_PATIENCE", 1e9)
    monkeypatch.setattr(module, "_WINDOW_LINES", 100)
    found = [len(window.lines) for window in windows(io.BytesIO(text))]
    assert sum(found) == 1000
    assert all(100 <= size < 120 for size in found[:-1])
    monkeypatch.setattr(module, "_WINDOW_LINES", 1e9)
    monkeypatch.setattr(module, "_WINDOW_BYTES", 1000)
    assert len(list(windows(io.BytesIO(text)))) == pytest.approx(len(text) / 1000, abs=1)


def test_a_line_is_not_kept_waiting_while_others_keep_coming(monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", -1.0)
    assert [window.lines for window in windows(Pieces([b"a\nb\nc", b"\n", b"d"]))] == [
        [b"a", b"b"],
        [b"c"],
        [b"d"],
    ]


def test_what_has_arrived_is_answered_while_the_pipe_stays_open():
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stream, ThreadPoolExecutor(1) as executor:
        try:
            found = windows(stream)
            for sent, expected in ((b"one\ntwo\nthr", [b"one", b"two"]), (b"ee\r\n", [b"three"])):
                os.write(writer, sent)
                assert executor.submit(next, found).result(timeout=30).lines == expected
            os.write(writer, b"end")
        finally:
            os.close(writer)  # releases a reader that waits, too
        assert [window.lines for window in found] == [[b"end"]]


def test_all_that_a_pipe_holds_is_one_window(monkeypatch):
    monkeypatch.setattr(module, "_BLOCK_BYTES", 100)
    monkeypatch.setattr(module, "_PATIENCE", 1e9)
    reader, writer = os.pipe()
    os.write(writer, b"line\n" * 1000)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        assert [len(window.lines) for window in windows(stream)] == [1000]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other pipes")
def test_a_pipe_that_is_set_not_to_make_wait_is_waited_for_all_the_same():
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with os.fdopen(reader, "rb") as stream, ThreadPoolExecutor() as pool:
        found = pool.submit(flat, stream)
        with os.fdopen(writer, "wb", buffering=0) as pipe:
            for line in (b"one\n", b"two\n"):
                time.sleep(0.05)
                pipe.write(line)
        assert found.result() == [b"one", b"two"]
