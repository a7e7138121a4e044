"""Work on several blocks at once, in their order, and never far ahead."""

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.prepare import parallel
from seq2seq_cli.corpus.prepare.parallel import in_order


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 3), max_size=12), st.integers(1, 5))
def test_results_come_in_the_order_of_the_items_however_long_each_takes(
    items: list[int], workers: int
) -> None:
    def slowly(item: int) -> int:
        time.sleep(item / 2000)
        return item * 10

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "_WORKERS", workers)
        assert list(in_order(slowly, items)) == [item * 10 for item in items]


def test_items_are_fetched_only_a_little_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_WORKERS", 3)
    fetched = 0

    def many() -> Iterator[int]:
        nonlocal fetched
        while fetched < 1000:
            fetched += 1
            yield fetched

    results = in_order(lambda item: item, many())
    for taken in range(1, 30):
        assert next(results) == taken
        assert fetched <= taken + 3


@pytest.mark.parametrize("where", ["function", "items"])
def test_an_error_comes_out_in_its_place_and_no_thread_stays(where: str) -> None:
    def items() -> Iterator[int]:
        yield from range(10)
        if where == "items":
            raise ValueError("broken")

    def function(item: int) -> int:
        if where == "function" and item == 7:
            raise ValueError("broken")
        return item

    threads, results = threading.active_count(), []
    with pytest.raises(ValueError, match="broken"):
        results.extend(in_order(function, items())) if where == "items" else [
            results.append(result) for result in in_order(function, items())
        ]
    assert threading.active_count() == threads
    if where == "function":
        assert results == list(range(7))


def test_no_thread_stays_when_nobody_wants_more() -> None:
    threads = threading.active_count()
    results = in_order(lambda item: item, range(100))
    assert next(results) == 0
    assert threading.active_count() > threads
    results.close()  # type: ignore[attr-defined]  # a generator
    assert threading.active_count() == threads
