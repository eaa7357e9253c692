"""The rate of whole games."""

from cowboy.bench.arena import middle_rate


def test_only_the_middle_half_of_the_moments_counts() -> None:
    beginning = [0.0, 10.0]
    steady = [20.0, 20.5, 21.0, 21.5, 22.0]
    end = [100.0]

    assert middle_rate([*beginning, *steady, *end]) == 2
