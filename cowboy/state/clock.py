"""Redis's clock, estimated by a process between two queries. Everything that expires goes by it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from cowboy.state.client import Redis, state_errors


class RedisClock:
    """Thread-safe. Until the first query has succeeded, this machine's clock stands in for Redis's."""

    def __init__(self, client: Redis, wall: Callable[[], float] = time.time) -> None:
        self._redis = client
        self._wall = wall
        self._ahead: float | None = None
        """Seconds by which Redis's clock is ahead of this process's monotonic one."""

    def look(self) -> float:
        """Ask Redis for the time. Returns by how many seconds this machine's clock is ahead, negative if it is behind.

        Call it every few seconds. Raises `StateError`.
        """
        with state_errors("asking for the time"):
            asked = time.monotonic()
            seconds, microseconds = self._redis.time()
            answered = time.monotonic()
            wall = self._wall() - (answered - asked) / 2
        at_redis = float(seconds) + float(microseconds) / 1e6
        self._ahead = at_redis - (asked + answered) / 2
        return wall - at_redis

    def now(self) -> datetime:
        """What Redis's clock shows now, by the last query. Sends nothing."""
        if self._ahead is None:
            return datetime.fromtimestamp(self._wall(), UTC)
        return datetime.fromtimestamp(time.monotonic() + self._ahead, UTC)
