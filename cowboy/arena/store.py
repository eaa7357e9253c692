"""The arena's games in Redis. Every change of a game is one optimistic transaction: all of it is stored, or nothing.

What stands in which key: `cowboy.state.keys`. Nothing here knows the rules or the broker.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TypeVar

from redis.client import Pipeline
from redis.exceptions import WatchError

from cowboy.arena.change import Change
from cowboy.arena.outbox import Entry
from cowboy.arena.record import GameRecord
from cowboy.errors import NotFound, StateError
from cowboy.game.words import GameStatus
from cowboy.settings import Settings
from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys

ATTEMPTS = 20
"""A change meets others only when HTTP calls and the referee touch the same game in the same millisecond."""

AUDIT_KEPT = 10_000
"""Audit entries kept of one game, roughly: a game of absent players runs for ever."""

RECORD = "record"
POSITION = "input_position"

T = TypeVar("T")


class GameStore:
    """Thread-safe. Raises `StateError` when Redis fails, `NotFound` for a game that it does not have."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self._redis = redis
        self._keys = Keys(settings.key_prefix)
        self._history_ttl_seconds = settings.history_ttl_seconds

    def add(self, record: GameRecord) -> None:
        """Store a new game."""
        with state_errors(f"storing game {record.game_id}"), self._redis.pipeline() as transaction:
            self._write(transaction, Change(record), None)
            transaction.sadd(self._keys.arena_games, record.game_id)
            transaction.execute()

    def remove(self, game_id: str) -> None:
        """Forget a game as if it had never been. Its topics are the caller's business."""
        with state_errors(f"removing game {game_id}"), self._redis.pipeline() as transaction:
            transaction.delete(*self._own_keys(game_id))
            transaction.srem(self._keys.arena_games, game_id)
            transaction.zrem(self._keys.arena_deadlines, game_id)
            transaction.execute()

    def load(self, game_id: str) -> GameRecord:
        with state_errors(f"reading game {game_id}"):
            return _record(game_id, self._redis.hget(self._keys.arena_game(game_id), RECORD))

    def change(self, game_id: str, edit: Callable[[Change], T], command_ids: Collection[str] = ()) -> T:
        """Let `edit` change the game, and store everything that it did in one transaction; its answer.

        `edit` may run more than once, each time on a fresh `Change`, and so must do nothing else. `command_ids` are
        those that it may want to know of whether they were seen before.
        """
        with state_errors(f"changing game {game_id}"):
            for _ in range(ATTEMPTS):
                with suppress(WatchError), self._redis.pipeline() as transaction:
                    return self._try_change(transaction, game_id, edit, command_ids)
        raise StateError(f"game {game_id} was changed by others {ATTEMPTS} times in a row; try again")

    def open_games(self) -> set[str]:
        """Games whose end is not yet published."""
        with state_errors("listing games"):
            return set(map(str, self._redis.smembers(self._keys.arena_games)))

    def live_positions(self) -> dict[str, int]:
        """Every game whose topics exist → next offset of its input topic to be processed."""
        game_ids = [*self.open_games(), *self.closing()]
        with state_errors("reading positions"), self._redis.pipeline(transaction=False) as pipeline:
            for game_id in game_ids:
                pipeline.hget(self._keys.arena_game(game_id), POSITION)
            positions = pipeline.execute()
        return {game_id: int(at) for game_id, at in zip(game_ids, positions, strict=True) if at is not None}

    def rewind(self, game_id: str) -> None:
        """Process the input topic from its beginning: it is a new one. Commands seen before stay seen."""
        self.change(game_id, _rewind)

    # -- turns that run out -------------------------------------------------------------------------------------

    def deadlines(self, limit: int) -> list[tuple[str, int]]:
        """Running games and when to look at their turn (ms since the epoch), the soonest first."""
        with state_errors("reading deadlines"):
            return self._scores(self._keys.arena_deadlines, limit)

    def look_again(self, record: GameRecord, at_ms: int) -> None:
        """Put off the next look at a turn, unless the game has moved on from `record` meanwhile."""
        game = self._keys.arena_game(record.game_id)
        with state_errors("putting off a deadline"), suppress(WatchError), self._redis.pipeline() as transaction:
            transaction.watch(game)  # type: ignore[no-untyped-call]
            if _record(record.game_id, transaction.hget(game, RECORD)) == record:
                transaction.multi()
                transaction.zadd(self._keys.arena_deadlines, {record.game_id: at_ms})
                transaction.execute()

    def drop_deadline(self, game_id: str) -> None:
        with state_errors("dropping a deadline"):
            self._redis.zrem(self._keys.arena_deadlines, game_id)

    # -- games whose topics are to go -----------------------------------------------------------------------------

    def closing(self) -> dict[str, int]:
        """Finished games → when their topics may go (ms since the epoch), the soonest first."""
        with state_errors("listing finished games"):
            return dict(self._scores(self._keys.arena_closing))

    def mark_closed(self, game_id: str) -> None:
        """From now on the game makes no events: its topics are about to go."""
        self.change(game_id, _mark_closed)

    def forget_closing(self, game_id: str) -> None:
        """The topics are gone."""
        with state_errors("forgetting a finished game"):
            self._redis.zrem(self._keys.arena_closing, game_id)

    def _scores(self, key: str, limit: int = 0) -> list[tuple[str, int]]:
        """Members and scores of a sorted set, the lowest first; all of them without a limit."""
        rows: list[tuple[str, float]] = self._redis.zrange(key, 0, limit - 1, withscores=True)  # type: ignore[assignment]
        return [(member, int(score)) for member, score in rows]

    # -- inside a transaction ---------------------------------------------------------------------------------------

    def _try_change(
        self, transaction: Pipeline, game_id: str, edit: Callable[[Change], T], command_ids: Collection[str]
    ) -> T:
        game = self._keys.arena_game(game_id)
        transaction.watch(game)  # type: ignore[no-untyped-call]
        stored, position = transaction.hmget(game, RECORD, POSITION)
        before = _record(game_id, stored)
        change = Change(before, int(position or 0), self._seen(transaction, game_id, command_ids))
        answer = edit(change)
        if not change.is_empty:
            transaction.multi()
            self._write(transaction, change, before.deadline_ms)
            transaction.execute()
        return answer

    def _seen(self, transaction: Pipeline, game_id: str, command_ids: Collection[str]) -> frozenset[str]:
        # A script of commands cannot ask Redis in the middle of its judging, so all ids are asked for beforehand.
        if not command_ids:
            return frozenset()
        flags = transaction.smismember(self._keys.arena_seen(game_id), list(command_ids))
        return frozenset(command_id for command_id, flag in zip(command_ids, flags, strict=True) if flag)

    def _write(self, transaction: Pipeline, change: Change, known_deadline_ms: int | None) -> None:
        record, keys = change.record, self._keys
        fields = {RECORD: record.model_dump_json(), POSITION: str(change.position)}
        transaction.hset(keys.arena_game(record.game_id), mapping=fields)  # type: ignore[arg-type] # wants wider keys
        if change.burnt_ids:
            transaction.sadd(keys.arena_seen(record.game_id), *change.burnt_ids)
        for entry in change.audit:
            transaction.xadd(keys.arena_audit(record.game_id), entry, maxlen=AUDIT_KEPT)  # type: ignore[arg-type]
        if change.events and not record.closed:
            transaction.rpush(keys.arena_outbox, *(Entry.of(event).to_text() for event in change.events))
        if record.deadline_ms is None:
            transaction.zrem(keys.arena_deadlines, record.game_id)
        elif record.deadline_ms != known_deadline_ms:
            transaction.zadd(keys.arena_deadlines, {record.game_id: record.deadline_ms})
        if record.status is GameStatus.FINISHED:
            for key in self._own_keys(record.game_id):
                transaction.expire(key, self._history_ttl_seconds)

    def _own_keys(self, game_id: str) -> tuple[str, ...]:
        keys = self._keys
        return keys.arena_game(game_id), keys.arena_seen(game_id), keys.arena_audit(game_id)


def _record(game_id: str, stored: str | bytes | None) -> GameRecord:
    if stored is None:
        raise NotFound(f"game {game_id} not found")
    return GameRecord.model_validate_json(stored)


def _mark_closed(change: Change) -> None:
    change.record = change.record.model_copy(update={"closed": True})


def _rewind(change: Change) -> None:
    change.position = 0
