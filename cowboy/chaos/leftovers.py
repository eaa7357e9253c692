"""Finds what a system has left of games that are over, except history, which expires."""

import time
from collections.abc import Collection

from cowboy.bus.admin import TopicAdmin
from cowboy.settings import Settings
from cowboy.state.client import Redis, connect, state_errors
from cowboy.state.keys import Keys


class Leftovers:
    """Finds leftovers. Raises `StateError` and `BusError`."""

    def __init__(self, settings: Settings) -> None:
        self._prefix = settings.key_prefix
        self._keys = Keys(settings.key_prefix)
        self._redis = connect(settings)
        self._admin = TopicAdmin(settings)

    def hurry(self) -> None:
        """Let the topics of finished games be deleted now rather than when their grace is over."""
        with state_errors("closing topics"):
            for key in (self._keys.arena_closing, self._keys.talk_closing):
                if closing := self._redis.zrange(key, 0, -1):
                    self._redis.zadd(key, dict.fromkeys(map(str, closing), time.time() * 1000), xx=True)

    def of(self, game_ids: Collection[str]) -> list[str]:
        """Keys without end, members of lists of ours, queue entries and topics that are about one of these games."""
        with state_errors("looking for leftovers"):
            found = [*self._lasting_keys(game_ids), *self._members(game_ids), *self._queued()]
        return found + [f"topic {topic}" for topic in self._admin.list() if _about(topic, game_ids)]

    def close(self) -> None:
        self._redis.close()
        self._admin.close()

    def _lasting_keys(self, game_ids: Collection[str]) -> list[str]:
        keys = [str(key) for key in self._redis.scan_iter(f"{self._prefix}*", count=1000)]
        return [f"key {key}" for key in keys if _about(key, game_ids) and self._redis.ttl(key) == -1]

    def _members(self, game_ids: Collection[str]) -> list[str]:
        """Where all bots or all games are noted."""
        redis, keys = self._redis, self._keys
        noted = {
            keys.games: redis.smembers(keys.games),
            keys.seats: redis.hkeys(keys.seats),
            keys.bots: redis.hvals(keys.bots),
            keys.lessons: redis.zrange(keys.lessons, 0, -1),
            keys.talk_due: redis.zrange(keys.talk_due, 0, -1),
            keys.talk_closing: redis.zrange(keys.talk_closing, 0, -1),
            keys.arena_games: redis.smembers(keys.arena_games),
            keys.arena_deadlines: redis.zrange(keys.arena_deadlines, 0, -1),
            keys.arena_closing: redis.zrange(keys.arena_closing, 0, -1),
            keys.arena_outbox: redis.lrange(keys.arena_outbox, 0, -1),
        }
        return [
            f"{str(member)[:100]} in {key}"
            for key, members in noted.items()
            for member in members
            if _about(str(member), game_ids)
        ]

    def _queued(self) -> list[str]:
        """Tasks that wait for a worker. Those that died with one (`unacked`) are Celery's, and come back in time."""
        pattern = f"{self._keys.celery_prefix}bots.*"
        queues = [str(key) for key in self._redis.scan_iter(pattern, count=1000, _type="list")]
        return [f"{_length(self._redis, queue)} tasks in {queue}" for queue in queues if _length(self._redis, queue)]


def _length(redis: Redis, key: str) -> int:
    return int(redis.llen(key))


def _about(text: str, game_ids: Collection[str]) -> bool:
    return any(game_id in text for game_id in game_ids)
