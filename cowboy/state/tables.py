"""Tables: each live game as the bridge knows it, and how far it has read.

A table is stored before its turn is dispatched, the position after. If a bridge dies in between, its successor
dispatches the turn again, and the turn's claim makes that harmless.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from cowboy.game.outcomes import ClaimState
from cowboy.game.turns import Table
from cowboy.process.milliseconds import epoch_ms, milliseconds, redis_ms
from cowboy.state.bindings import Binding
from cowboy.state.client import Call, Redis, call_all, script, state_errors
from cowboy.state.keys import Keys


class Update(NamedTuple):
    """What new events changed. `deadline` is when the open turn runs out; `summaries` are the events in short.

    `used_up_by` are the ids of the commands that used up turns, as far as the events show them. `lease` proves the
    right to store it; it is '' where no lease is needed.
    """

    table: Table
    deadline: datetime
    summaries: tuple[str, ...]
    used_up_by: tuple[str, ...] = ()
    lease: str = ""


class Stored(NamedTuple):
    """What became of an update.

    It is not `accepted` if another bridge has the lease, the game is over, or a later turn is known. `bot` is the bot
    that is to act, if any. `closed` says how the previous turn ended, if it was a bot's.
    """

    accepted: bool
    bot: Binding | None
    closed: ClaimState | None


class Position(NamedTuple):
    """How far a game was read: the next offset, and the last turn that was dispatched, 0 for none."""

    game_id: str
    offset: int
    queued_turn: int = 0
    lease: str = ""


class Known(NamedTuple):
    """What is stored of a game: `position` is the next offset to read. None is what is not known yet."""

    table: Table | None
    position: int | None
    queued_turn: int | None


class Waiting(NamedTuple):
    """The open turn of a game: who is to act, and until when. `is_over` says whether that was, by Redis's clock."""

    turn_no: int
    player_id: str
    deadline: datetime
    is_over: bool


class Tables:
    """All tables, by game."""

    def __init__(
        self,
        client: Redis,
        keys: Keys,
        recent_events: int,
        *,
        patience_seconds: float,
        rescue_seconds: float,
    ) -> None:
        """`patience_seconds`: a turn that nobody has claimed is overdue after this.

        `rescue_seconds`: a keeper plays a turn that is not played yet so long before its deadline, or in the last
        eighth of a short turn.
        """
        self._redis = client
        self._keys = keys
        self._recent_events = recent_events
        self._patience_ms = milliseconds(patience_seconds)
        self._rescue_ms = milliseconds(rescue_seconds)
        self._open_turn = script(client, "open_turn")
        self._advance_positions = script(client, "advance_positions")

    def load(self, game_id: str) -> Known:
        with state_errors(f"reading the table of game {game_id}"):
            stored, *numbers = self._redis.hmget(self._keys.table(game_id), ["table", "position", "queued_turn"])
        table = Table.model_validate_json(stored) if stored is not None else None
        return Known(table, *(int(number) if number is not None else None for number in numbers))

    def open_turn(self, game_id: str) -> Waiting | None:
        """The turn that is open as far as is known, or None."""
        doing = f"reading the open turn of game {game_id}"
        with state_errors(doing), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hmget(self._keys.table(game_id), ["turn_no", "player_id", "deadline_ms"])
            pipeline.time()
            (turn_no, player_id, deadline_ms), now = pipeline.execute()
        if not (turn_no and player_id and deadline_ms):
            return None
        is_over = int(deadline_ms) <= redis_ms(now)
        return Waiting(int(turn_no), str(player_id), datetime.fromtimestamp(int(deadline_ms) / 1000, UTC), is_over)

    def store(self, updates: Iterable[Update]) -> list[Stored]:
        """Store the updates. Returns what became of each, in one round trip.

        One call for many tables and their bindings lets one bridge carry hundreds of games.
        """
        with state_errors("storing tables"):
            return [_stored(*answer) for answer in call_all(self._redis, map(self._call, updates))]

    def _call(self, update: Update) -> Call:
        keys, table = self._keys, update.table
        game_id = table.game_id
        return Call(
            self._open_turn,
            keys=[
                keys.table(game_id),
                keys.claim(game_id),
                keys.bindings(game_id),
                keys.due,
                keys.recent(game_id),
                keys.leases,
            ],
            args=[
                game_id,
                update.lease,
                table.model_dump_json(),
                table.turn_no,
                table.current_player_id or "",
                epoch_ms(update.deadline),
                self._patience_ms,
                self._rescue_ms,
                self._recent_events,
                len(update.used_up_by),
                *update.used_up_by,
                *update.summaries,
            ],
        )

    def store_positions(self, positions: Iterable[Position], *before: Call) -> set[str]:
        """Note how far games were read. Returns the games whose leases other bridges have, for which nothing was noted.

        `before` is sent first, in the same round trip.
        """
        noted = list(positions)
        if not noted and not before:
            return set()
        with state_errors("storing positions"):
            advance = Call(
                self._advance_positions,
                keys=[self._keys.leases, *(self._keys.table(position.game_id) for position in noted)],
                args=[
                    item
                    for game_id, offset, queued_turn, lease in noted
                    for item in (game_id, lease, offset, queued_turn)
                ],
            )
            *_, accepted = call_all(self._redis, [*before, advance])
        return {position.game_id for position, yes in zip(noted, accepted, strict=True) if not yes}


def _stored(accepted: int, binding: str, closed: str) -> Stored:
    """The answer of `open_turn.lua`."""
    return Stored(
        bool(accepted),
        Binding.model_validate_json(binding) if binding else None,
        ClaimState(closed) if closed else None,
    )
