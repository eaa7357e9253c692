"""Ends turns that run out, by a `timeout` command on the game's input topic like any other command.

When turns run out is stored in Redis, so a restart forgets none. The referee decides whether the timeout is in time.
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from cowboy.arena.record import GameRecord
from cowboy.arena.store import GameStore
from cowboy.arena.worker import Worker
from cowboy.bus.producer import Producer, Sent
from cowboy.errors import BusError, NotFound
from cowboy.game.wire.messages import Command
from cowboy.game.words import CommandSource, CommandType
from cowboy.process.milliseconds import epoch_ms

LONGEST_REST_SECONDS = 1.0
"""No turn is shorter than this, so a look this often misses none and nobody has to wake the clock."""

AGAIN_AFTER_MS = 5_000
"""A timeout that had no effect by then is taken as lost and sent again."""

MOST_AT_ONCE = 500

log = structlog.get_logger(__name__)


class Clock(Worker):
    """Looks at the soonest deadline, sleeps until then."""

    def __init__(self, store: GameStore, producer: Producer, now: Callable[[], datetime]) -> None:
        super().__init__("clock")
        self._store = store
        self._producer = producer
        self._now = now

    def step(self) -> None:
        self.rest(self.tick())

    def tick(self) -> float:
        """Send the timeouts that are due; seconds until the next look."""
        now = self._now()
        now_ms = epoch_ms(now)
        deadlines = self._store.deadlines(MOST_AT_ONCE)
        due = [game_id for game_id, at_ms in deadlines if at_ms <= now_ms]
        overdue = [record for game_id in due if (record := self._overdue(game_id, now_ms))]
        for record in overdue:
            self._send(record, now)
            self._store.look_again(record, now_ms + AGAIN_AFTER_MS)
        return min([LONGEST_REST_SECONDS, *((at_ms - now_ms) / 1000 for _, at_ms in deadlines if at_ms > now_ms)])

    def _overdue(self, game_id: str, now_ms: int) -> GameRecord | None:
        """The game, if its turn has run out and it did not move on since the list was read."""
        try:
            record = self._store.load(game_id)
        except NotFound:
            self._store.drop_deadline(game_id)
            return None
        return record if record.deadline_ms is not None and record.deadline_ms <= now_ms else None

    def _send(self, record: GameRecord, now: datetime) -> None:
        """Without waiting for it: a game whose topic fails must not keep the others' turns from ending.

        What fails is tried again when the game is looked at again.
        """
        command = timeout_command(record, now)
        told = log.bind(game_id=record.game_id, turn_no=command.turn_no, player_id=record.current_player_id)

        def tell(sent: Sent) -> None:
            try:
                sent.wait()
                told.info("turn_ran_out")
            except BusError as error:
                told.warning("timeout_not_sent", error=str(error))

        try:
            self._producer.send(record.input_topic, command.command_id, command.to_json(), on_end=tell)
        except BusError as error:
            told.warning("timeout_not_sent", error=str(error))


def timeout_command(record: GameRecord, now: datetime) -> Command:
    """The command that ends the present turn of a game."""
    return Command(
        command_id=f"timeout-{record.game_id}-{record.board.turn_no}-{epoch_ms(now)}",
        source=CommandSource.TIMER,
        game_id=record.game_id,
        player_id=record.current_player_id,
        command_type=CommandType.TIMEOUT,
        turn_no=record.board.turn_no,
        sent_at=now,
    )
