"""Tables: each live game as the bridge knows it, and how far it has read.

A table is stored before its turn is dispatched, the position after: a bridge that dies in between dispatches the
turn again, and the turn's claim makes that harmless.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

import redis.client

from cowboy.game.turns import Table
from cowboy.state.bindings import Binding
from cowboy.state.client import Redis, script, state_errors
from cowboy.state.keys import Keys


class Update(NamedTuple):
    """What new events changed. `deadline` is when the open turn runs out; `summaries` are the events in short.

    `used_up_by` are the ids of the commands that used up turns, as far as the events show them.
    """

    table: Table
    deadline: datetime
    summaries: tuple[str, ...]
    used_up_by: tuple[str, ...] = ()


class Closed(StrEnum):
    """How a turn ended for its bot."""

    CONFIRMED = "confirmed"
    """The output topic shows that its command was applied."""
    EXPIRED = "expired"
    """Something else used the turn up."""


class Stored(NamedTuple):
    """What became of an update. `accepted` is False when a later turn is known already: whoever stored it is behind.

    `bot` is the one that is to act, if one is. `closed` says how the turn before ended, if that was a bot's.
    """

    accepted: bool
    bot: Binding | None
    closed: Closed | None


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

    def __init__(
        self,
        client: Redis,
        keys: Keys,
        recent_events: int,
        *,
        patience_seconds: float = 2,
        rescue_seconds: float = 1,
    ) -> None:
        """`patience_seconds`: a turn that nobody has claimed is overdue then. `rescue_seconds`: so long before its
        deadline a keeper plays a turn that is not played yet; in short turns, an eighth of their time."""
        self._redis = client
        self._keys = keys
        self._recent_events = recent_events
        self._patience_ms = int(patience_seconds * 1000)
        self._rescue_ms = int(rescue_seconds * 1000)
        self._open = script(client, "open")

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

    def store(self, updates: Iterable[Update]) -> list[Stored]:
        """Store what changed, and what became of each. One round trip for all.

        Many tables and the bindings they need in one go is what lets one bridge carry hundreds of games.
        """
        with state_errors("storing tables"), self._redis.pipeline(transaction=False) as pipeline:
            answers_at = []
            count = 0
            for update in updates:
                answers_at.append(count)
                count += self._queue_update(pipeline, update)
            answers = pipeline.execute()
        return [_stored(*answers[index]) for index in answers_at]

    def _queue_update(self, pipeline: "redis.client.Pipeline", update: Update) -> int:
        keys, table = self._keys, update.table
        game_id = table.game_id
        self._open(
            keys=[keys.table(game_id), keys.claim(game_id), keys.bindings(game_id), keys.due],
            args=[
                game_id,
                table.model_dump_json(),
                table.turn_no,
                table.current_player_id or "",
                to_ms(update.deadline),
                self._patience_ms,
                self._rescue_ms,
                *update.used_up_by,
            ],
            client=pipeline,
        )
        if not update.summaries or not self._recent_events:
            return 1
        pipeline.lpush(keys.recent(game_id), *update.summaries)
        pipeline.ltrim(keys.recent(game_id), 0, self._recent_events - 1)
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


def _stored(accepted: int, binding: str, closed: str) -> Stored:
    """The answer of `open.lua`."""
    return Stored(
        bool(accepted),
        Binding.model_validate_json(binding) if binding else None,
        Closed(closed) if closed else None,
    )
