"""Tables: each live game as the bridge knows it, and how far it has read.

A table is stored before its turn is dispatched, the position after: a bridge that dies in between dispatches the
turn again, and the turn's claim makes that harmless.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import redis.client

from cowboy.game.turns import Table
from cowboy.state.bindings import Binding
from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys


class Update(NamedTuple):
    """What new events changed. `deadline` is when the open turn runs out; `summaries` are the events in short."""

    table: Table
    deadline: datetime
    summaries: tuple[str, ...]


class Waiting(NamedTuple):
    """The open turn of a game: who is to act, and until when."""

    turn_no: int
    player_id: str
    deadline: datetime


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


class Tables:
    """All tables, by game."""

    def __init__(self, client: Redis, keys: Keys, recent_events: int) -> None:
        self._redis = client
        self._keys = keys
        self._recent_events = recent_events

    def load(self, game_id: str) -> tuple[Table | None, int | None]:
        """The table and the next offset to read; None for what is not known yet."""
        with state_errors(f"reading the table of game {game_id}"):
            stored, position = self._redis.hmget(self._keys.table(game_id), ["table", "position"])
        table = Table.model_validate_json(stored) if stored is not None else None
        return table, int(position) if position is not None else None

    def open_turn(self, game_id: str) -> Waiting | None:
        """The turn that is open as far as is known, or None."""
        with state_errors(f"reading the open turn of game {game_id}"):
            turn_no, player_id, deadline_ms = self._redis.hmget(
                self._keys.table(game_id), ["turn_no", "player_id", "deadline_ms"]
            )
        if not (turn_no and player_id and deadline_ms):
            return None
        return Waiting(int(turn_no), str(player_id), datetime.fromtimestamp(int(deadline_ms) / 1000, UTC))

    def recent(self, game_id: str) -> tuple[str, ...]:
        """The last events in short (JSON), oldest first."""
        with state_errors(f"reading recent events of game {game_id}"):
            stored: list[str] = self._redis.lrange(self._keys.recent(game_id), 0, -1)  # type: ignore[assignment]
        return tuple(reversed(stored))

    def store(self, updates: Iterable[Update]) -> list[Binding | None]:
        """Store what changed; for each table the bot whose turn it is, or None. One round trip for all.

        Many tables and the bindings they need in one go is what lets one bridge carry hundreds of games.
        """
        with state_errors("storing tables"), self._redis.pipeline(transaction=False) as pipeline:
            answers_at = []
            count = 0
            for update in updates:
                count += self._queue_update(pipeline, update)
                pipeline.hget(self._keys.bindings(update.table.game_id), update.table.current_player_id or "")
                answers_at.append(count)
                count += 1
            answers = pipeline.execute()
        stored = (answers[index] for index in answers_at)
        return [Binding.model_validate_json(item) if item is not None else None for item in stored]

    def _queue_update(self, pipeline: "redis.client.Pipeline", update: Update) -> int:
        game_id = update.table.game_id
        pipeline.hset(
            self._keys.table(game_id),
            mapping={
                "table": update.table.model_dump_json(),
                "turn_no": update.table.turn_no,
                "player_id": update.table.current_player_id or "",
                "deadline_ms": to_ms(update.deadline),
            },
        )
        if not update.summaries or not self._recent_events:
            return 1
        pipeline.lpush(self._keys.recent(game_id), *update.summaries)
        pipeline.ltrim(self._keys.recent(game_id), 0, self._recent_events - 1)
        return 3

    def store_positions(self, positions: dict[str, int]) -> None:
        """Game → next offset to read."""
        with state_errors("storing positions"), self._redis.pipeline(transaction=False) as pipeline:
            for game_id, position in positions.items():
                pipeline.hset(self._keys.table(game_id), "position", position)
            pipeline.execute()

    def clear(self, game_ids: Collection[str]) -> None:
        """Delete what is kept of games that are no longer read. Safe when repeated."""
        if not game_ids:
            return
        with state_errors("clearing tables"):
            self._redis.delete(*(key(game_id) for game_id in game_ids for key in (self._keys.table, self._keys.recent)))
