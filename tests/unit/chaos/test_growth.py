"""Trends: the first quarter of the samples beside the last."""

from cowboy.chaos.growth import Trend


def test_one_odd_sample_is_no_trend() -> None:
    level = [10.0] * 12
    level[1] = level[10] = 900.0

    assert Trend.of(level) == (10, 10, 12)


def test_what_grows_has_more_in_the_end() -> None:
    assert Trend.of(range(16)) == (1.5, 13.5, 16)


def test_few_samples_are_taken_as_they_are() -> None:
    assert Trend.of([3, 9, 9, 5]) == (3, 5, 4)
    assert Trend.of([3]) == (3, 3, 1)


def test_without_samples_nothing_is_said() -> None:
    assert Trend.of([]) == (None, None, 0)
