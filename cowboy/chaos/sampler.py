"""Takes samples of what may grow, every few seconds, also while processes are dead or stopped."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import psutil

from cowboy.chaos.growth import Growth, Trend
from cowboy.errors import StateError
from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys
from cowboy.state.queues import Queues

SAMPLE_SECONDS = 10.0

WARM_UP_SECONDS = 10.0
"""A younger process still grows because it loads what it needs."""


class Sampler:
    """Not thread-safe. It waits for nothing but Redis, and for that no longer than `redis` has patience.

    `pid_of` gives the process of a service, None while there is none.
    """

    def __init__(
        self,
        redis: Redis,
        keys: Keys,
        *,
        services: Iterable[str],
        instances: Iterable[str],
        pid_of: Callable[[str], int | None],
    ) -> None:
        self._redis = redis
        self._queues = Queues(redis, keys)
        self._instances = tuple(instances)
        self._pid_of = pid_of
        self._memory: dict[str, list[float]] = {service: [] for service in services}
        self._held: dict[str, list[float]] = {name: [] for name in ("bytes", "keys", "lasting_keys", "queued_tasks")}
        self._next = time.monotonic()

    def tick(self) -> None:
        """Take a sample if it is time for one."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + SAMPLE_SECONDS
            self.sample()

    def sample(self) -> None:
        """Of all that is there just now."""
        for service, samples in self._memory.items():
            if (resident := _resident_bytes(self._pid_of(service))) is not None:
                samples.append(resident)
        with suppress(StateError):  # Redis is dead or stopped: one sample less
            for name, value in self._what_redis_holds().items():
                self._held[name].append(value)

    def growth(self) -> Growth:
        """By all samples until now."""
        return Growth(_trends(self._memory), _trends(self._held))

    def _what_redis_holds(self) -> dict[str, float]:
        """Counted by Redis itself, over all keys: the server is this system's own."""
        with state_errors("measuring Redis"):
            databases = self._redis.info("keyspace").values()
            used = self._redis.info("memory")["used_memory"]
        keys = sum(database["keys"] for database in databases)
        return {
            "bytes": used,
            "keys": keys,
            "lasting_keys": keys - sum(database["expires"] for database in databases),
            "queued_tasks": sum(map(self._queues.length, self._instances)),
        }


def _resident_bytes(pid: int | None) -> int | None:
    """Of a process that is past its warm-up."""
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        if time.time() - process.create_time() < WARM_UP_SECONDS:
            return None
        return int(process.memory_info().rss) or None  # what was killed this moment has nothing any more
    except psutil.Error:
        return None


def _trends(samples: dict[str, list[float]]) -> dict[str, Trend]:
    return {name: Trend.of(values) for name, values in samples.items()}
