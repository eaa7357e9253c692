"""Queues: what waits for an instance. Celery owns them; this module does what Celery has no call for."""

import json

from cowboy.state.client import Redis, state_errors
from cowboy.state.instances import queue_of
from cowboy.state.keys import Keys

LOOKED_AT = 2_000
"""The most messages of a queue that are searched. The claim of a turn refuses what lies deeper."""


class Queues:
    """The queues of all instances."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys

    def length(self, instance: str) -> int:
        """The number of messages that wait there."""
        with state_errors(f"measuring the queue of instance {instance}"):
            return int(self._redis.llen(self._key(instance)))

    def remove_game(self, instance: str, game_id: str) -> int:
        """Remove the messages for a game. Returns how many there were.

        A task says in its `argsrepr` which game it is for (`cowboy.celery.dispatch` writes it).
        """
        key = self._key(instance)
        with state_errors(f"clearing the queue of instance {instance}"):
            waiting: list[str] = self._redis.lrange(key, -LOOKED_AT, -1)  # type: ignore[assignment]
            removed = 0
            for message in waiting:
                # The repr of a tuple that begins with the game; "g1" is no part of "g10" there.
                if str(json.loads(message).get("headers", {}).get("argsrepr")).startswith(f"({game_id!r},"):
                    removed += int(self._redis.lrem(key, 1, message))
        return removed

    def drop(self, instance: str) -> None:
        """Delete the queue of an instance that has gone: its messages, and Celery's entries for it."""
        queue = queue_of(instance)
        prefix = self._keys.celery_prefix
        with state_errors(f"dropping the queue of instance {instance}"):
            notes = (f"{prefix}_kombu.{kind}.{queue}" for kind in ("binding", "binding_permanent"))
            self._redis.delete(self._key(instance), *notes)

    def _key(self, instance: str) -> str:
        return f"{self._keys.celery_prefix}{queue_of(instance)}"
