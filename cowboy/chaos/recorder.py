"""Copies everything that stands on the topics of the games, while they are played and once more afterwards."""

import threading
import time
from collections.abc import Iterable

from cowboy.bus.consumer import Consumer, Record
from cowboy.bus.decode import decode
from cowboy.bus.topics import TopicNames
from cowboy.chaos.evidence import Evidence, Seen
from cowboy.errors import BadMessage, BusError
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import StepEventType
from cowboy.process.service import repeat
from cowboy.settings import Settings

POLL_MS = 100
RETRY_SECONDS = 0.2
REREAD_SECONDS = 20.0
"""Longer than a broker is away in one fault."""


class Recorder:
    """Follows games from their first message on, in a thread of its own, also over failures of the broker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = TopicNames.of(settings)
        self._followed: dict[str, Evidence] = {}
        self._finished: dict[str, float] = {}
        self._heard: dict[str, float] = {}
        self._life = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def follow(self, game_id: str) -> None:
        self._heard[game_id] = time.monotonic()
        self._followed[game_id] = Evidence(game_id)

    def release(self, game_id: str) -> Evidence:
        """What was seen of a game, which is followed no longer."""
        evidence = self._followed.pop(game_id)
        evidence.broker_lives = self.broker_lives
        return evidence

    def broker_was_killed(self) -> None:
        """The embedded one has lost all topics then: whatever comes now is new, from offset 0. Apache Kafka goes on."""
        if self._settings.broker_kind == "tansu":
            self._life += 1

    @property
    def broker_lives(self) -> int:
        """How many brokers there were, one after the other."""
        return self._life + 1

    @property
    def games(self) -> dict[str, Evidence]:
        """Those followed now. Their lists only ever grow."""
        return dict(self._followed)

    def finished_before(self, moment: float) -> list[str]:
        """Games being followed whose end was seen before that moment of the monotonic clock."""
        return [game_id for game_id, at in self._finished.items() if at < moment and game_id in self._followed]

    def silent_since(self, moment: float) -> list[str]:
        """Games being followed that showed nothing since that moment of the monotonic clock."""
        return [game_id for game_id in self.games if self._heard[game_id] < moment]

    def _run(self) -> None:
        repeat(self._stop, self._read, kind="recorder")

    def _read(self) -> None:
        """Until the broker's life is over. Begins where the last reading of the same life was."""
        life = self._life
        with Consumer(self._settings) as consumer:
            while not self._stop.is_set() and life == self._life:
                games = self.games
                topics = {
                    topic: self._position(game, topic, life)
                    for game in games.values()
                    for topic in self._topics(game.game_id)
                }
                if topics.keys() != consumer.topics:
                    consumer.assign(topics)
                if not topics:
                    self._stop.wait(RETRY_SECONDS)
                    continue
                records = consumer.poll(POLL_MS)
                if life == self._life:
                    for record in records:
                        self._take(games, record, life)

    def _topics(self, game_id: str) -> tuple[str, ...]:
        talk = (self._names.talk_of(game_id),) if self._settings.talk == "table" else ()
        return (self._names.input_of(game_id), self._names.output_of(game_id), *talk)

    def _position(self, game: Evidence, topic: str, life: int) -> int | None:
        copied = {self._names.input_of(game.game_id): game.commands, self._names.talk_of(game.game_id): game.talk}
        seen = copied.get(topic, game.events)
        return seen[-1].offset + 1 if seen and seen[-1].broker_life == life else None

    def _take(self, games: dict[str, Evidence], record: Record, life: int) -> None:
        seen = Seen.of(record, life)
        if game_id := self._names.game_of_input(record.topic):
            games[game_id].commands.append(seen)
        elif game_id := self._names.game_of_talk(record.topic):
            games[game_id].talk.append(seen)
        elif game_id := self._names.game_of_output(record.topic):
            games[game_id].events.append(seen)
            if not seen.is_forged:
                self._heard[game_id] = time.monotonic()
                if _ends_game(game_id, seen, self._settings.max_message_bytes):
                    self._finished.setdefault(game_id, time.monotonic())


def _ends_game(game_id: str, seen: Seen, max_bytes: int) -> bool:
    if b"GAME_FINISHED" not in (seen.value or b""):
        return False
    try:
        return decode(StepEvent, game_id, seen.value, max_bytes).event_type == StepEventType.GAME_FINISHED
    except BadMessage:
        return False


def reread(settings: Settings, game_ids: Iterable[str]) -> dict[str, Evidence]:
    """Both topics of these games, from their first message to their last one.

    Raises `BusError`, also when the ends cannot be reached in `REREAD_SECONDS`.
    """
    names = TopicNames.of(settings)
    games = {game_id: Evidence(game_id) for game_id in game_ids}
    with Consumer(settings) as consumer:
        consumer.assign(
            dict.fromkeys(topic for game in games for topic in (names.input_of(game), names.output_of(game)))
        )
        deadline = time.monotonic() + REREAD_SECONDS
        while not consumer.has_read_all():
            if time.monotonic() > deadline:
                raise BusError(f"reading topics again did not come to the end in {REREAD_SECONDS:.0f} s")
            for record in consumer.poll(POLL_MS):
                if game_id := names.game_of_input(record.topic):
                    games[game_id].commands.append(Seen.of(record, 0))
                elif game_id := names.game_of_output(record.topic):
                    games[game_id].events.append(Seen.of(record, 0))
    return games
