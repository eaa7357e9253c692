"""Whether a system grows while it runs: its figures after the beginning and towards the end. Pure."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple


class Trend(NamedTuple):
    """A figure over a run: the median of the first quarter of its samples and that of the last; None without any."""

    first: float | None
    last: float | None
    samples: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Trend":
        """`values` in the order of time. Of less than eight a quarter is one."""
        if not values:
            return cls(None, None, 0)
        quarter = max(1, len(values) // 4)
        return cls(median(values[:quarter]), median(values[-quarter:]), len(values))


class Growth(NamedTuple):
    """What may grow without end.

    `memory` is resident bytes by service, over all of its lives that were past their warm-up: a service that is killed
    all the time has few samples or none. `redis` is what Redis holds: `bytes` (its own count of them), `keys`,
    `lasting_keys` (those without a time to live) and `queued_tasks` (those that wait for a worker).
    """

    memory: dict[str, Trend]
    redis: dict[str, Trend]
