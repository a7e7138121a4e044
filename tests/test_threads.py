"""Pieces of work side by side, against one after the other."""

import itertools
import threading
import time

import pytest
import torch

from seq2seq_cli.threads import side_by_side

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_results_come_in_the_order_of_the_pieces(count):
    def work(piece):
        time.sleep(0.002 * (piece % 3 == 0))
        return piece * piece

    assert list(side_by_side(work, range(count), CPU)) == [piece * piece for piece in range(count)]


def test_as_many_work_at_a_time_as_torch_has_threads_and_each_computes_alone():
    together = threading.Barrier(3, timeout=60)

    def work(piece):
        together.wait()  # is left when three are there
        return threading.get_ident(), torch.get_num_threads()

    workers, threads = zip(*side_by_side(work, range(6), CPU), strict=True)
    assert len(set(workers)) == 3
    assert set(threads) == {1}
    assert torch.get_num_threads() == 3


def test_one_piece_has_all_threads():
    assert list(side_by_side(lambda _: torch.get_num_threads(), [1], CPU)) == [3]


def test_where_there_is_one_processor_alone_one_follows_the_other():
    here = threading.get_ident()
    assert set(side_by_side(lambda _: threading.get_ident(), range(4), torch.device("meta"))) == {here}


def test_pieces_are_taken_as_they_are_needed():
    taken = []
    results = side_by_side(lambda piece: piece, (taken.append(i) or i for i in itertools.count()), CPU)
    for _ in range(10):
        next(results)
    assert len(taken) <= 10 + 2 * 3
    results.close()
    assert torch.get_num_threads() == 3


def test_an_error_comes_out_and_nothing_else_is_begun():
    done = []

    def work(piece):
        if piece == 4:
            raise ValueError("no")
        done.append(piece)
        return piece

    with pytest.raises(ValueError, match="no"):
        list(side_by_side(work, range(1000), CPU))
    assert max(done) <= 4 + 2 * 3
    assert torch.get_num_threads() == 3
