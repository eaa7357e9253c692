"""Puts committed events on their topics, in order, and takes each out of the outbox once the broker has it.

The only writer of output topics. A crash between the two steps makes it publish an event twice; none is lost.
"""

import time

import structlog

from cowboy.arena.outbox import Entry, Outbox
from cowboy.arena.store import GameStore
from cowboy.arena.worker import Worker
from cowboy.bus.producer import Producer, Sent
from cowboy.bus.topics import TopicNames
from cowboy.errors import BusError, NotFound
from cowboy.settings import Settings

IDLE_SECONDS = 1.0
"""Pause without a wake-up. What an earlier process left behind is found at the start anyway."""

RETRY_SECONDS = 1.0
"""How long a game is left alone after one of its events could not be published."""

log = structlog.get_logger(__name__)


class Publisher(Worker):
    """Woken when there is something in the outbox, and when something has arrived.

    One event of a game is on its way at a time, so that none overtakes another that failed. Games do not wait for each
    other.
    """

    def __init__(
        self,
        settings: Settings,
        store: GameStore,
        outbox: Outbox,
        producer: Producer,
    ) -> None:
        super().__init__("publisher")
        self._names = TopicNames.of(settings)
        self._store = store
        self._outbox = outbox
        self._producer = producer
        self._on_the_way: dict[str, tuple[Entry, Sent]] = {}
        self._left_alone: dict[str, float] = {}

    def step(self) -> None:
        self.publish()
        self.rest(IDLE_SECONDS)

    def publish(self) -> bool:
        """Take away what has arrived, and send what waits, without waiting for it; False if nothing is left.

        What could not be published stays in the outbox, with everything of the same game after it, and is tried again.
        """
        self._take_in()
        entries = self._outbox.pending()
        now = time.monotonic()
        self._left_alone = {game_id: until for game_id, until in self._left_alone.items() if until > now}
        failed: dict[str, BusError] = {}
        for entry in entries:
            if entry.game_id not in self._on_the_way.keys() | self._left_alone.keys() | failed.keys():
                try:
                    self._on_the_way[entry.game_id] = entry, self._send(entry)
                except BusError as error:
                    failed[entry.game_id] = error
        self._set_aside(failed)
        return bool(entries)

    def _send(self, entry: Entry) -> Sent:
        topic = self._names.output_of(entry.game_id)
        return self._producer.send(topic, entry.game_id, entry.value.encode(), on_end=lambda _: self.wake())

    def _take_in(self) -> None:
        arrived: list[Entry] = []
        failed: dict[str, BusError] = {}
        over = [(entry, sent) for entry, sent in self._on_the_way.values() if sent.is_over]
        for entry, sent in over:
            try:
                sent.wait()
                arrived.append(entry)
            except BusError as error:
                failed[entry.game_id] = error
        if arrived:
            self._outbox.remove(arrived)
        for entry, _ in over:
            del self._on_the_way[entry.game_id]
        self._set_aside(failed)

    def _set_aside(self, failed: dict[str, BusError]) -> None:
        """Try these games again in a while, or no more, if nobody could ever read what they have to say."""
        if not failed:
            return
        first = next(iter(failed.values()))
        log.warning("events_not_published", games=sorted(failed)[:10], count=len(failed), error=str(first))
        self._left_alone |= dict.fromkeys(failed, time.monotonic() + RETRY_SECONDS)
        if gone := {game_id for game_id in failed if self._is_gone(game_id)}:
            self._outbox.remove([entry for entry in self._outbox.pending() if entry.game_id in gone])

    def _is_gone(self, game_id: str) -> bool:
        """Whether the game was removed, topics and all."""
        try:
            return self._store.load(game_id).closed
        except NotFound:
            log.warning("events_of_removed_game", game_id=game_id)
            return True
