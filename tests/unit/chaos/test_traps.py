"""Traps: a worker falls at the point it was told to, once, and says so."""

import os
import signal
import threading
from pathlib import Path

import pytest

from cowboy.chaos.traps import Traps


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Those that this process would have sent to itself."""
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _pid, number: sent.append(number))
    return sent


def test_a_worker_without_a_trap_goes_on(tmp_path: Path, signals: list[int]) -> None:
    Traps(tmp_path).spring("i1", "after-claim", "g", 3)

    assert signals == []


def test_a_trap_is_for_one_worker_at_one_point(tmp_path: Path, signals: list[int]) -> None:
    traps = Traps(tmp_path)
    traps.put(0, "i1", "after-decide", 0)

    traps.spring("i2", "after-decide", "g", 3)
    traps.spring("i1", "after-claim", "g", 3)
    assert signals == []
    assert list(traps.sprung()) == []

    traps.spring("i1", "after-decide", "g", 3)
    assert signals == [signal.SIGKILL]


def test_who_fell_where_can_be_read_once(tmp_path: Path, signals: list[int]) -> None:
    traps = Traps(tmp_path)
    traps.put(5, "i1", "after-send", 2.5)
    traps.spring("i1", "after-send", "g", 3)

    [sprung] = traps.sprung()

    assert signals == [signal.SIGSTOP]
    assert (sprung.number, sprung.worker, sprung.pid, sprung.game_id, sprung.turn_no) == (5, "i1", os.getpid(), "g", 3)
    assert sprung.duration_seconds == 2.5
    assert list(traps.sprung()) == []


def test_of_many_threads_one_falls(tmp_path: Path, signals: list[int]) -> None:
    traps = Traps(tmp_path)
    traps.put(0, "i1", "after-claim", 0)
    threads = [threading.Thread(target=traps.spring, args=("i1", "after-claim", "g", turn)) for turn in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(signals) == len(list(traps.sprung())) == 1
