"""Reads the commands of all games, in order, and has each judged exactly once.

A message may be read many times; its offset is committed together with what it caused, so it takes effect once.
`cowboy.arena.verdict` decides, and the publisher publishes the events.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

import structlog
from structlog.contextvars import bound_contextvars

from cowboy.arena.change import Change
from cowboy.arena.store import GameStore
from cowboy.arena.worker import ReadingWorker
from cowboy.bus.reader import Batch, Message, TopicReader
from cowboy.errors import NotFound
from cowboy.game.wire.messages import Command
from cowboy.process.milliseconds import milliseconds
from cowboy.process.periodic import PeriodicTask
from cowboy.settings import Settings
from cowboy.state.dead_letters import DeadLetters

READER = "arena"
POLL_MS = 50
"""A new game waits at most this long for its first command to be read: a poll cannot be interrupted, only a rest."""

RESYNC_SECONDS = 1.0
"""Games can come without a wake-up: from another process, or from before a failure."""

log = structlog.get_logger(__name__)


class Referee(ReadingWorker[Command]):
    """`on_commands` is called with a game whose commands were judged; their events are in the outbox."""

    def __init__(
        self,
        settings: Settings,
        store: GameStore,
        dead_letters: DeadLetters,
        now: Callable[[], datetime],
        on_commands: Callable[[str], None],
    ) -> None:
        self._refuse = partial(dead_letters.add, READER)
        # Half of what a message may have: the event that answers a command carries it, and the state besides.
        super().__init__("referee", TopicReader(settings, Command, self._refuse, settings.max_message_bytes // 2))
        self._store = store
        self._now = now
        self._on_commands = on_commands
        self._syncing = PeriodicTask(RESYNC_SECONDS, self._sync)

    def new_game(self) -> None:
        """A game was created: read its topic at once. Callable from any thread."""
        self._syncing.due = 0.0
        self.wake()

    def step(self) -> None:
        self.reader.connect()
        self._syncing.run_if_due(time.monotonic())
        if self.reader.games:
            self.handle(self.reader.poll(POLL_MS, rest_ms=milliseconds(RESYNC_SECONDS)))
        else:
            self.rest(RESYNC_SECONDS)

    def release(self) -> None:
        super().release()
        self.new_game()

    def handle(self, batches: Iterable[Batch[Command]]) -> None:
        """Judge what was read."""
        for batch in batches:
            with bound_contextvars(game_id=batch.game_id):
                self._handle_batch(batch)
            self._on_commands(batch.game_id)

    def _sync(self) -> None:
        positions = self._store.live_positions()
        if positions.keys() != self.reader.games:
            self.reader.follow(positions)
        # A broker that was restarted without its messages has begun its topics anew; the games go on.
        lost = self.reader.lost(self._store.open_games())
        for game_id in lost:
            self._store.rewind(game_id)
            log.warning("topic_lost", game_id=game_id)
        if lost:
            self.release()  # what reads on must know nothing of the old topics

    def _handle_batch(self, batch: Batch[Command]) -> None:
        ids = {command.command_id for command, _ in batch.messages}
        try:
            unanswered = self._store.change(batch.game_id, lambda change: self._judge(change, batch), ids)
        except NotFound:
            log.warning("command_of_forgotten_game", commands=len(batch.messages))
            return
        for message in unanswered:
            self._refuse(message.record, "player_id: a command other than timeout needs a player")

    def _judge(self, change: Change, batch: Batch[Command]) -> list[Message[Command]]:
        """Process what was not processed before; those that get no answer."""
        now = self._now()
        fresh = [message for message in batch.messages if message.record.offset >= change.position]
        change.position = max(change.position, batch.position)
        return [message for message in fresh if change.process(message.value, now) is None]
