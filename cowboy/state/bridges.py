"""Bridges: which bridge processes live."""

import time

from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys


class Bridges:
    """All bridges that said they live. One that is silent for `dead_after_seconds` does not count."""

    def __init__(self, client: Redis, keys: Keys, dead_after_seconds: float) -> None:
        self._redis = client
        self._keys = keys
        self._dead_after_seconds = dead_after_seconds

    def beat(self, name: str) -> None:
        """Say that a bridge lives."""
        with state_errors(f"heartbeat of bridge {name}"):
            self._redis.zadd(self._keys.bridges, {name: time.time()})

    def leave(self, name: str) -> None:
        """Deregister. Safe when repeated."""
        with state_errors(f"deregistering bridge {name}"):
            self._redis.zrem(self._keys.bridges, name)

    def live(self) -> list[str]:
        """Names of those heard of lately."""
        since = time.time() - self._dead_after_seconds
        with state_errors("reading bridges"):
            return [str(name) for name in self._redis.zrangebyscore(self._keys.bridges, since, "+inf")]
