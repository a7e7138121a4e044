"""What another thread prepares: the same items, errors where they belong, and no thread that stays."""

import threading
from contextlib import closing
from itertools import count, islice

import pytest

from seq2seq_cli.training.ahead import ahead


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "batches"]


@pytest.mark.parametrize("depth", [1, 2, 100])
@pytest.mark.parametrize("number", [0, 1, 2, 50])
def test_items_come_in_their_order_and_all_of_them(depth, number):
    assert list(ahead(iter(range(number)), depth)) == list(range(number))
    assert not threads()


def test_items_may_be_anything_that_would_look_like_an_end():
    items = [None, (), ValueError("an item, and not raised"), False]
    assert list(ahead(iter(items))) == items


def test_nothing_is_asked_for_before_the_first_item_is():
    asked = []
    items = ahead(asked.append(number) or number for number in range(3))
    assert not asked
    assert next(items) == 0
    items.close()


def test_it_is_at_most_its_depth_ahead():
    asked, more = [], threading.Semaphore(0)

    def numbers():
        for number in count():
            asked.append(number)
            more.release()
            yield number

    items = ahead(numbers(), depth=2)
    assert next(items) == 0
    for _ in range(4):  # the first, two in the queue, and one in the hand of the thread
        assert more.acquire(timeout=60)
    assert not more.acquire(timeout=0.3)
    assert asked == [0, 1, 2, 3]
    items.close()


def test_an_error_is_raised_after_the_items_before_it():
    def broken():
        yield 1
        yield 2
        raise OSError("the disk is gone")

    items = ahead(broken())
    assert list(islice(items, 2)) == [1, 2]
    with pytest.raises(OSError, match="the disk is gone"):
        next(items)
    assert not threads()


def test_closed_early_it_ends_its_thread_though_that_waits_for_room():
    items = ahead(count(), depth=1)
    assert next(items) == 0
    assert threads()
    items.close()
    assert not threads()


def test_an_error_of_who_takes_the_items_ends_the_thread_too():
    def take():
        with closing(ahead(count())) as items:
            for number in items:
                _ = 1 / (number - 3)

    with pytest.raises(ZeroDivisionError):
        take()
    assert not threads()
