"""Puts committed events on their topics, in order, and takes each out of the outbox once the broker has it.

The only writer of output topics. An event can be published twice (after a crash between the two steps), never not.
"""

from collections.abc import Collection

import structlog

from cowboy.arena.outbox import Entry, Outbox
from cowboy.arena.store import GameStore
from cowboy.arena.worker import Worker
from cowboy.bus.producer import Producer, Sent
from cowboy.bus.topics import TopicNames
from cowboy.errors import BusError, NotFound
from cowboy.settings import Settings

WINDOW = 500
"""Entries on their way at once."""

IDLE_SECONDS = 1.0
"""Pause without a wake-up. What an earlier process left behind is found at the start anyway."""

log = structlog.get_logger(__name__)


class Publisher(Worker):
    """Woken when there is something in the outbox."""

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

    def run(self) -> None:
        while not self.stopping:
            if not self.publish():
                self.rest(IDLE_SECONDS)

    def publish(self) -> bool:
        """Publish what waits, up to a window; False if nothing did.

        Raises `BusError` if something could not be published: that stays in the outbox, with everything of the same
        game after it, while the other games' events go their way.
        """
        entries = self._outbox.pending(WINDOW)
        stuck = self._send(entries)
        published = [entry for entry in entries if entry.game_id not in stuck]
        if published:
            self._outbox.remove(published)
        if stuck:
            self._outbox.remove([entry for entry in entries if self._is_unreadable(entry, stuck)])
            raise next(iter(stuck.values()))
        return bool(entries)

    def _send(self, entries: list[Entry]) -> dict[str, BusError]:
        """Send all, then wait for all; the games of which something failed, with the reason."""
        stuck: dict[str, BusError] = {}
        on_the_way: list[tuple[str, Sent]] = []
        for entry in entries:
            if entry.game_id not in stuck:
                topic = self._names.output_of(entry.game_id)
                try:
                    on_the_way.append((entry.game_id, self._producer.send(topic, entry.game_id, entry.value.encode())))
                except BusError as error:
                    stuck[entry.game_id] = error
        for game_id, sent in on_the_way:
            try:
                sent.wait()
            except BusError as error:
                stuck.setdefault(game_id, error)
        return stuck

    def _is_unreadable(self, entry: Entry, stuck: Collection[str]) -> bool:
        """True for what is stuck because its game was removed, topics and all: nobody could ever read it."""
        if entry.game_id not in stuck:
            return False
        try:
            return self._store.load(entry.game_id).closed
        except NotFound:
            log.warning("event_of_removed_game", game_id=entry.game_id, event_type=entry.event_type)
            return True
