"""A library that says the same thing again and again is heard once a minute."""

import logging

import pytest

from cowboy.process.log_limit import PAUSE_SECONDS, LogLimit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limit(clock: Clock) -> LogLimit:
    return LogLimit("library", clock)


def line(text: str, *args: object, logger: str = "library.net", place: int = 1) -> logging.LogRecord:
    return logging.LogRecord(logger, logging.ERROR, "library/net.py", place, text, args, None)


def test_the_first_line_of_each_kind_passes_at_once_and_others_of_it_do_not(limit: LogLimit) -> None:
    assert limit.filter(line("no connection to %s", "a"))
    assert not limit.filter(line("no connection to %s", "b"))
    assert limit.filter(line("no connection to %s", "a", place=2))


def test_after_a_minute_one_passes_and_says_how_many_were_left_out(limit: LogLimit, clock: Clock) -> None:
    told = []
    for second in range(int(2 * PAUSE_SECONDS) + 1):
        clock.now = float(second)
        record = line("100%% of %s", "a")
        if limit.filter(record):
            told.append(record.getMessage())
    left_out = f"100% of a ({PAUSE_SECONDS - 1:.0f} more like it were left out before)"
    assert told == ["100% of a", left_out, left_out]


def test_other_libraries_are_not_limited(limit: LogLimit) -> None:
    assert all(limit.filter(line("text", logger="librarian")) for _ in range(3))
