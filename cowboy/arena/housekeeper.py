"""Deletes the topics of finished games: a while after the end, so that it can be read, and again if they come back.

On a broker that creates topics by itself a late command brings a deleted one back (docs/wire.md#life-of-the-topics).
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from cowboy.arena.outbox import Outbox
from cowboy.arena.store import GameStore
from cowboy.arena.worker import Worker
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.topics import TopicNames
from cowboy.errors import NotFound
from cowboy.process.milliseconds import epoch_ms
from cowboy.process.periodic import PeriodicTask, run_due
from cowboy.settings import Settings

LOOK_SECONDS = 1.0
SWEEP_SECONDS = 30.0

log = structlog.get_logger(__name__)


class Housekeeper(Worker):
    def __init__(
        self, settings: Settings, store: GameStore, outbox: Outbox, admin: TopicAdmin, now: Callable[[], datetime]
    ) -> None:
        super().__init__("housekeeper")
        self._names = TopicNames.of(settings)
        self._store = store
        self._outbox = outbox
        self._admin = admin
        self._now = now
        self._tasks = (PeriodicTask(0, self.close_finished), PeriodicTask(SWEEP_SECONDS, self.sweep))

    def step(self) -> None:
        run_due(self._tasks)
        self.rest(LOOK_SECONDS)

    def close_finished(self) -> None:
        """Delete the topics of the games whose grace is over, once what still waits in the outbox is out."""
        now_ms = epoch_ms(self._now())
        due = [game_id for game_id, at_ms in self._store.closing().items() if at_ms <= now_ms]
        for game_id in due:
            self._mark_closed(game_id)
        waiting = {entry.game_id for entry in self._outbox.pending()} if due else set()
        for game_id in due:
            if game_id not in waiting:
                self._admin.delete(self._topics_of(game_id))
                self._store.forget_closing(game_id)
                log.info("topics_deleted", game_id=game_id)

    def sweep(self) -> None:
        """Delete topics of games that are known to be over, those of their talk too, should any have come back."""
        for topic in self._admin.list():
            names = self._names
            game_id = names.game_of_input(topic) or names.game_of_output(topic) or names.game_of_talk(topic)
            if game_id is not None and self._is_closed(game_id):
                self._admin.delete([topic])
                log.info("topic_deleted_again", game_id=game_id, topic=topic)

    def _topics_of(self, game_id: str) -> tuple[str, str]:
        return self._names.input_of(game_id), self._names.output_of(game_id)

    def _mark_closed(self, game_id: str) -> None:
        try:
            self._store.mark_closed(game_id)
        except NotFound:
            log.warning("finished_game_is_gone", game_id=game_id)

    def _is_closed(self, game_id: str) -> bool:
        """True if the game is known to be over; of one that is not known nothing is said."""
        try:
            return self._store.load(game_id).closed
        except NotFound:
            return False
