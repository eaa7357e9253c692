"""Events on their way out: committed to Redis together with the state they tell of, not yet on their topic.

One list for all games, so the publisher never has to look for work. `cowboy.arena.store` adds to it inside its
transactions; only what the broker has acknowledged is taken away.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import StepEventType
from cowboy.process.milliseconds import epoch_ms, milliseconds
from cowboy.settings import Settings
from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys


class Entry(NamedTuple):
    """One event as it waits in the list; `value` is its JSON."""

    event_type: str
    game_id: str
    value: str

    @classmethod
    def of(cls, event: StepEvent) -> Self:
        return cls(event.event_type, event.game_id, event.model_dump_json())

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(*text.split(" ", 2))

    def to_text(self) -> str:
        return " ".join(self)


def outbox_age(redis: Redis, keys: Keys) -> timedelta | None:
    """How long the oldest event waits for the broker, by Redis's clock; None if none does. Raises `StateError`."""
    with state_errors("reading the outbox"), redis.pipeline(transaction=False) as pipeline:
        pipeline.lindex(keys.arena_outbox, 0)
        pipeline.time()
        oldest, (seconds, microseconds) = pipeline.execute()
    if oldest is None:
        return None
    event = StepEvent.model_validate_json(Entry.parse(oldest).value)
    return max(timedelta(), datetime.fromtimestamp(seconds + microseconds / 1e6, UTC) - event.created_at)


class Outbox:
    """The list, from its reader's side. Raises `StateError`."""

    def __init__(self, settings: Settings, redis: Redis, now: Callable[[], datetime]) -> None:
        self._redis = redis
        self._keys = Keys(settings.key_prefix)
        self._now = now
        self._grace_seconds = settings.topic_grace_seconds

    def pending(self, limit: int | None = None) -> list[Entry]:
        """The oldest entries first, all of them without a limit."""
        with state_errors("reading the outbox"):
            last = -1 if limit is None else limit - 1
            texts: list[str] = self._redis.lrange(self._keys.arena_outbox, 0, last)  # type: ignore[assignment]
        return [Entry.parse(text) for text in texts]

    def remove(self, published: list[Entry]) -> None:
        """Take away what the broker has. The topics of a game whose end is among it may go after their grace."""
        close_at_ms = epoch_ms(self._now()) + milliseconds(self._grace_seconds)
        with state_errors("clearing the outbox"), self._redis.pipeline() as transaction:
            for entry in published:
                # By value, not by position: with two arenas by mistake, neither may remove what the other has to send.
                transaction.lrem(self._keys.arena_outbox, 1, entry.to_text())
                if entry.event_type == StepEventType.GAME_FINISHED:
                    transaction.srem(self._keys.arena_games, entry.game_id)
                    transaction.zadd(self._keys.arena_closing, {entry.game_id: close_at_ms})
            transaction.execute()
