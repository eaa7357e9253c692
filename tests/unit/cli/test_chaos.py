"""The table of what grows, for people."""

from cowboy.chaos.growth import Growth, Trend
from cowboy.cli.chaos import MIB, _growth


def test_memory_is_in_mebibytes_and_what_was_not_sampled_is_blank() -> None:
    redis = {"bytes": Trend(2 * MIB, 3.25 * MIB, 9), "keys": Trend(7, 8.6, 9), "lasting_keys": Trend(5, 5, 9)}
    table = _growth(Growth({"arena": Trend(70 * MIB, 71.5 * MIB, 8), "worker-i1": Trend(None, None, 0)}, redis))

    rows = list(zip(*(column.cells for column in table.columns), strict=True))
    assert rows == [
        ("arena: resident MiB", "70.0", "71.5", "8"),
        ("worker-i1: resident MiB", "", "", "0"),
        ("in Redis: MiB", "2.0", "3.2", "9"),
        ("in Redis: keys", "7", "9", "9"),
        ("in Redis: lasting keys", "5", "5", "9"),
    ]
