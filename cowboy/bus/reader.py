"""Reading the messages of games: events from their output topics, commands from their input topics, or their talk.

    follow ──► poll ──► decode, check the game ──► batch: messages, position
                                               └─► refuse: what cannot be read, or is another game's

The reader's owner keeps the positions, and stores them after what a batch led to.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import groupby
from typing import Generic, NamedTuple, Self

from structlog.contextvars import bound_contextvars

from cowboy.bus.consumer import Consumer, Hearing, Record
from cowboy.bus.decode import M, decode
from cowboy.bus.topics import TopicNames
from cowboy.errors import BadMessage
from cowboy.game.wire.messages import Command
from cowboy.game.wire.talk import TalkMessage
from cowboy.settings import Settings

Refuse = Callable[[Record, str], None]
"""Takes a message that is of no use, and why: as a rule, it becomes a dead letter."""


class Message(NamedTuple, Generic[M]):
    """A message, and the record that it was read from."""

    value: M
    record: Record


class Batch(NamedTuple, Generic[M]):
    """What was read of a game at once, in order. `position` is the offset after the last record, refused ones too."""

    game_id: str
    messages: list[Message[M]]
    position: int


class TopicReader(Generic[M]):
    """Reads the messages of one kind. Not thread-safe: one thread owns a reader.

    It can be closed and used again, and then reads nothing at first. Messages of more than `max_bytes` are refused.
    With `heeds_all` a ring for any game ends its rest, since that may be one that it is to read.
    """

    def __init__(
        self,
        settings: Settings,
        kind: type[M],
        refuse: Refuse,
        max_bytes: int | None = None,
        *,
        heeds_all: bool = False,
    ) -> None:
        names = TopicNames.of(settings)
        topic_of = {Command: (names.input_of, names.game_of_input), TalkMessage: (names.talk_of, names.game_of_talk)}
        self.hearing = Hearing()
        self._settings = settings
        self._kind: type[M] = kind
        self._refuse = refuse
        self._max_bytes = max_bytes or settings.max_message_bytes
        self._topic_of, self._game_of = topic_of.get(kind, (names.output_of, names.game_of_output))
        self._heeds = (lambda topic: self._game_of(topic) is not None) if heeds_all else None
        self._consumer: Consumer | None = None
        self.games: frozenset[str] = frozenset()
        """The ids of those that are being read."""

    def connect(self) -> Consumer:
        """Reach the broker, if that has not been done. Raises `BusError`."""
        self._consumer = self._consumer or Consumer(self._settings, self.hearing, self._heeds)
        return self._consumer

    def follow(self, positions: Mapping[str, int | None]) -> None:
        """Read exactly these games from now on.

        Games that were read before go on where they are. A new one begins at the offset given, or at its first message
        for None. Raises `BusError`.
        """
        self.connect().assign({self._topic_of(game_id): at for game_id, at in positions.items()})
        self.games = frozenset(positions)

    def add(self, positions: Mapping[str, int | None]) -> None:
        """Read these games as well, as `follow`; the others are not touched, however many. Raises `BusError`."""
        self.connect().add({self._topic_of(game_id): at for game_id, at in positions.items()})
        self.games |= positions.keys()

    def drop(self, games: Collection[str]) -> None:
        """Read these games no longer; fine for one that is not read. Raises `BusError`."""
        self.connect().drop([self._topic_of(game_id) for game_id in games])
        self.games -= frozenset(games)

    def poll(self, wait_ms: int, rest_ms: int | None = None) -> list[Batch[M]]:
        """What is new; nothing after `wait_ms` without a message, or for a reader at rest after `rest_ms`, if given,
        or `wake`. Raises `BusError`, and what `refuse` raises."""
        return self.read(self.connect().poll(wait_ms, rest_ms))

    def wake(self) -> None:
        """End the present rest: its poll returns now. Callable from any thread."""
        consumer = self._consumer
        if consumer is not None:
            consumer.wake()

    def read(self, records: Iterable[Record]) -> list[Batch[M]]:
        """The messages in these records, of which those of one game stand together. Raises what `refuse` raises."""
        return [
            self._batch(str(self._game_of(topic)), list(run)) for topic, run in groupby(records, lambda it: it.topic)
        ]

    def lost(self, games: Iterable[str]) -> list[str]:
        """Those of these games that are being read and whose topic was begun anew: see `Consumer.lost`."""
        lost = self.connect().lost([self._topic_of(game_id) for game_id in self.games.intersection(games)])
        return [str(self._game_of(topic)) for topic in lost]

    def close(self) -> None:
        """Read nothing any more. Safe when repeated."""
        if self._consumer is not None:
            self._consumer.close()
        self._consumer, self.games = None, frozenset()

    def _batch(self, game_id: str, records: list[Record]) -> Batch[M]:
        messages = []
        with bound_contextvars(game_id=game_id):
            for record in records:
                try:
                    value = decode(self._kind, game_id, record.value, self._max_bytes)
                    messages.append(Message(value, record))
                except BadMessage as error:
                    self._refuse(record, str(error))
        return Batch(game_id, messages, records[-1].offset + 1)

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
