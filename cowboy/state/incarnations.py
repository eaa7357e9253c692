"""Incarnations: which incarnation of each instance its bots were taught for."""

from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys


class Incarnations:
    """The incarnations (`Instance.incarnation`) that the bots of each instance were taught for."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys

    def known(self, instance: str) -> str | None:
        with state_errors(f"reading the incarnation of instance {instance}"):
            incarnation = self._redis.hget(self._keys.instance_incarnations, instance)
        return incarnation if isinstance(incarnation, str) else None

    def note(self, instance: str, incarnation: str) -> None:
        """The bots of this incarnation are taught."""
        with state_errors(f"noting the incarnation of instance {instance}"):
            self._redis.hset(self._keys.instance_incarnations, instance, incarnation)
