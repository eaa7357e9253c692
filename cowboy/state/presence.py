"""Presence: which processes of a kind are alive, by their heartbeats and Redis's clock."""

from cowboy.state.client import Redis, script, state_errors
from cowboy.state.keys import Keys

STAND_IN = "stand-in:"
"""The names of bridges that a keeper runs while there is no other begin with this (`consumers.stand_in`)."""


class Presence:
    """All processes of a kind. One that is silent for `dead_after_seconds` does not count.

    `beats` is the key of their heartbeats, `about` that of their descriptions, if they have any.
    """

    def __init__(self, client: Redis, beats: str, dead_after_seconds: float, about: str | None = None) -> None:
        self._redis = client
        self._beats = beats
        self._about = about
        self._dead_after_seconds = dead_after_seconds
        self._note_beat = script(client, "note_beat")

    def beat(self, name: str, about: str | None = None) -> None:
        """Record a heartbeat and a description of the process."""
        keys = [key for key in (self._beats, self._about) if key is not None]
        with state_errors(f"heartbeat of {name}"):
            self._note_beat(keys=keys, args=[name] if about is None else [name, about])

    def leave(self, name: str) -> None:
        """Deregister. Safe when repeated."""
        with state_errors(f"deregistering {name}"), self._redis.pipeline() as pipeline:
            pipeline.zrem(self._beats, name)
            if self._about is not None:
                pipeline.hdel(self._about, name)
            pipeline.execute()

    def live(self) -> list[str]:
        """Names of those heard of lately, in alphabetical order."""
        with state_errors("reading who lives"):
            since = self.now() - self._dead_after_seconds
            return sorted(str(name) for name in self._redis.zrangebyscore(self._beats, since, "+inf"))

    def silent_for(self, seconds: float) -> set[str]:
        """Names of those whose last heartbeat is at least so long ago."""
        with state_errors("reading who is silent"):
            return {str(name) for name in self._redis.zrangebyscore(self._beats, "-inf", self.now() - seconds)}

    def now(self) -> float:
        """Redis's clock, in seconds since 1970. Raises what redis-py raises."""
        seconds, microseconds = self._redis.time()
        return float(seconds) + float(microseconds) / 1e6


def bridges(client: Redis, keys: Keys, lease_seconds: float) -> Presence:
    """The bridges, stand-ins among them. They beat when they share the games out (`cowboy.state.leases`)."""
    return Presence(client, keys.bridges, lease_seconds)


def is_stand_in(bridge: str) -> bool:
    """Whether it is a stand-in that a keeper runs."""
    return bridge.startswith(STAND_IN)


def keepers(client: Redis, keys: Keys, dead_after_seconds: float) -> Presence:
    """The keeper processes."""
    return Presence(client, keys.keepers, dead_after_seconds)
