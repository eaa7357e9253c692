"""Reads the commands of all games, in order, and has each judged exactly once.

A message may be read many times; its offset is committed together with what it caused, so it takes effect once.
`cowboy.arena.verdict` decides, and the publisher publishes the events.
"""

import itertools
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

import structlog
from structlog.contextvars import bound_contextvars

from cowboy.arena.change import Change
from cowboy.arena.store import GameStore
from cowboy.arena.worker import Worker
from cowboy.bus.consumer import Consumer, Hearing, Record
from cowboy.bus.decode import decode
from cowboy.bus.topics import TopicNames
from cowboy.errors import BadMessage, NotFound
from cowboy.game.wire.messages import Command
from cowboy.liveness.vitals import watch_reader
from cowboy.settings import Settings
from cowboy.state.dead_letters import DeadLetters

READER = "arena"
POLL_MS = 50
"""A new game waits at most this long for its first command to be read: a poll cannot be interrupted."""

RESYNC_SECONDS = 1.0
"""Games can come without a wake-up: from another process, or from before a failure."""

log = structlog.get_logger(__name__)


class Letter(NamedTuple):
    """A command as it came."""

    record: Record
    command: Command


class Referee(Worker):
    """`on_events` is called after events were committed to the outbox."""

    def __init__(
        self,
        settings: Settings,
        store: GameStore,
        dead_letters: DeadLetters,
        now: Callable[[], datetime],
        on_events: Callable[[], None],
    ) -> None:
        super().__init__("referee")
        self._hearing = Hearing()
        watch_reader(self._hearing)
        self._settings = settings
        self._names = TopicNames.of(settings)
        self._store = store
        self._dead_letters = dead_letters
        self._now = now
        self._on_events = on_events
        self._new_games = True
        # Half of what a message may have: the event that answers a command carries it, and the state besides.
        self._max_command_bytes = settings.max_message_bytes // 2

    def new_game(self) -> None:
        """A game was created: read its topic at once. Callable from any thread."""
        self._new_games = True
        self.wake()

    def run(self) -> None:
        with Consumer(self._settings, self._hearing) as consumer:
            synced_at = -RESYNC_SECONDS
            while not self.stopping:
                if self._new_games or time.monotonic() - synced_at >= RESYNC_SECONDS:
                    self._new_games = False
                    self._sync(consumer)
                    synced_at = time.monotonic()
                    if self._rewind_lost(consumer):
                        return  # and come back with a consumer that knows nothing of the old topics
                if consumer.topics:
                    self.handle(consumer.poll(POLL_MS))
                else:
                    self.rest(RESYNC_SECONDS)

    def handle(self, records: Iterable[Record]) -> None:
        """Judge what was read; the messages of one game stand together, in order."""
        for topic, run in itertools.groupby(records, lambda record: record.topic):
            game_id = self._names.game_of_input(topic)
            if game_id is not None:
                with bound_contextvars(game_id=game_id):
                    self._handle_run(game_id, list(run))
                self._on_events()

    def _sync(self, consumer: Consumer) -> None:
        positions = {self._names.input_of(game_id): at for game_id, at in self._store.live_positions().items()}
        if positions.keys() != consumer.topics:
            consumer.assign(positions)

    def _rewind_lost(self, consumer: Consumer) -> bool:
        """Begin the topics anew of a broker that was restarted without its messages; the games go on."""
        games = {self._names.input_of(game_id): game_id for game_id in self._store.open_games()}
        lost = consumer.lost(games.keys() & consumer.topics)
        for topic in lost:
            self._store.rewind(games[topic])
            log.warning("topic_lost", game_id=games[topic], topic=topic)
        return bool(lost)

    def _handle_run(self, game_id: str, records: list[Record]) -> None:
        letters = [letter for record in records if (letter := self._open(game_id, record))]
        next_position = records[-1].offset + 1
        ids = {letter.command.command_id for letter in letters}
        try:
            unanswered = self._store.change(game_id, lambda change: self._judge(change, letters, next_position), ids)
        except NotFound:
            log.warning("command_of_forgotten_game", commands=len(letters))
            return
        for letter in unanswered:
            self._dead_letters.add(READER, letter.record, "player_id: a command other than timeout needs a player")

    def _judge(self, change: Change, letters: list[Letter], next_position: int) -> list[Letter]:
        """Process what was not processed before; those that get no answer."""
        now = self._now()
        fresh = [letter for letter in letters if letter.record.offset >= change.position]
        change.position = max(change.position, next_position)
        return [letter for letter in fresh if change.process(letter.command, now) is None]

    def _open(self, game_id: str, record: Record) -> Letter | None:
        try:
            command = decode(Command, record.value, self._max_command_bytes)
        except BadMessage as error:
            self._dead_letters.add(READER, record, str(error))
            return None
        if command.game_id != game_id:
            # The contract lets the envelope decide; here the topic does. It gave the message its place in the order of
            # this game, so a command that names another was sent by mistake or by malice.
            self._dead_letters.add(READER, record, f"game_id: {command.game_id[:100]!r} is not the game of this topic")
            return None
        return Letter(record, command)
