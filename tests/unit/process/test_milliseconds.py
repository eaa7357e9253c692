"""Durations and moments in whole milliseconds."""

from datetime import UTC, datetime, timedelta

from cowboy.process.milliseconds import epoch_ms, milliseconds, redis_ms


def test_durations_are_counted_in_full_milliseconds() -> None:
    assert [milliseconds(1.5), milliseconds(0.0019), milliseconds(timedelta(minutes=1))] == [1_500, 1, 60_000]


def test_moments_of_python_and_of_redis_are_counted_since_1970() -> None:
    assert epoch_ms(datetime(1970, 1, 2, tzinfo=UTC)) == 86_400_000
    assert redis_ms((86_400, 1_999)) == 86_400_001
