"""Calls that hang cost their caller no more than agreed, and cannot pile up."""

import threading

import pytest

from cowboy.brains.llm.calls import Calls
from cowboy.errors import ProviderTimeout


def test_what_a_call_returns_or_raises_is_what_its_caller_gets() -> None:
    calls = Calls(1)
    assert calls.run(lambda: 7, 5) == 7
    with pytest.raises(ZeroDivisionError):
        calls.run(lambda: 1 // 0, 5)
    assert calls.run(lambda: 8, 5) == 8


def test_calls_that_hang_keep_their_places_and_give_them_back() -> None:
    calls = Calls(2)
    let_go = threading.Event()
    begun = threading.Semaphore(0)

    def hang() -> None:
        begun.release()
        let_go.wait(30)

    for _ in range(2):
        with pytest.raises(ProviderTimeout, match="no answer within"):
            calls.run(hang, 0.05)
    with pytest.raises(ProviderTimeout, match="all 2 calls are under way"):
        calls.run(hang, 0.05)
    assert begun.acquire(timeout=30)
    assert begun.acquire(timeout=30)
    assert not begun.acquire(blocking=False)
    let_go.set()
    assert calls.run(lambda: "free again", 5) == "free again"


def test_no_time_is_no_call() -> None:
    assert threading.active_count() < 100
    with pytest.raises(ProviderTimeout):
        Calls(1).run(threading.Event().wait, -1)
