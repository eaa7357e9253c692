"""Lessons: until when each bot that is being taught must have acknowledged, and what callers want to be taught."""

from datetime import timedelta

from cowboy.game.wire.lesson import Lesson
from cowboy.process.milliseconds import milliseconds, redis_ms
from cowboy.state.client import Call, Redis, call_all, state_errors
from cowboy.state.keys import Keys

DUE_AT_ONCE = 200
"""The most lessons that one call handles."""


class Lessons:
    """All lessons that are not acknowledged yet. Times are Redis's."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys

    def expect(self, game_id: str, player_id: str, patience: timedelta) -> None:
        """Expect an acknowledgement within `patience` seconds, in place of an earlier expectation."""
        with state_errors(f"expecting an acknowledgement of player {player_id}"):
            due = self._now_ms() + milliseconds(patience)
            self._redis.zadd(self._keys.lessons, {f"{game_id} {player_id}": due})

    def drop(self, game_id: str, player_id: str, *before: Call) -> None:
        """Stop expecting an acknowledgement. It can be repeated. `before` is sent first."""
        with state_errors(f"dropping the lesson of player {player_id}"):
            call_all(self._redis, before)
            self._redis.zrem(self._keys.lessons, f"{game_id} {player_id}")

    def due(self) -> list[tuple[str, str]]:
        """(game, player) of those whose time is over, the longest waiting first."""
        with state_errors("looking for due lessons"):
            due = self._redis.zrangebyscore(self._keys.lessons, "-inf", self._now_ms(), start=0, num=DUE_AT_ONCE)
        return [(game_id, player_id) for game_id, _, player_id in (str(seat).partition(" ") for seat in due)]

    def overdue(self, since: timedelta) -> int:
        """How many lessons have been overdue for at least so long."""
        with state_errors("counting overdue lessons"):
            latest = self._now_ms() - milliseconds(since)
            return int(self._redis.zcount(self._keys.lessons, "-inf", latest))

    # -- what callers wrote themselves --------------------------------------------------------------------------------

    def told(self, game_id: str, player_id: str) -> Lesson | None:
        """What a caller wrote for this bot, or None if it is taught our own guide."""
        with state_errors(f"reading what player {player_id} is told"):
            stored = self._redis.hget(self._keys.told(game_id), player_id)
        return Lesson.model_validate_json(stored) if isinstance(stored, str) else None

    def tell(self, game_id: str, player_id: str, lesson: Lesson | None) -> None:
        """Keep what a caller wrote; None for our own guide."""
        with state_errors(f"keeping what player {player_id} is told"):
            if lesson is None:
                self._redis.hdel(self._keys.told(game_id), player_id)
            else:
                self._redis.hset(self._keys.told(game_id), player_id, lesson.model_dump_json())

    def _now_ms(self) -> int:
        return redis_ms(self._redis.time())
