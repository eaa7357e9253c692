"""Whole milliseconds, in which Redis, Kafka and the wire count time."""

from datetime import datetime, timedelta


def milliseconds(duration: float | timedelta) -> int:
    """A duration, in seconds if it is a number."""
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
    return int(seconds * 1000)


def epoch_ms(moment: datetime) -> int:
    """A moment, since 1970."""
    return milliseconds(moment.timestamp())


def redis_ms(answer: tuple[int, int]) -> int:
    """What Redis's command `TIME` answers, seconds and microseconds, since 1970."""
    seconds, microseconds = answer
    return int(seconds) * 1000 + int(microseconds) // 1000
