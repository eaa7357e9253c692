"""Reading topics by assignment, from positions that the reader keeps itself.

Not thread-safe: one thread owns a consumer. A topic that does not exist, or no longer, gives no messages and no error;
`cowboy.bus.admin` tells whether it exists.
"""

import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, TopicAuthorizationFailedError

from cowboy.bus import kafka_internals
from cowboy.bus.bell import Bell
from cowboy.bus.client import bus_errors, client_options, connecting, creates_topics
from cowboy.bus.trouble import Trouble, reason_not_to_read
from cowboy.errors import BusError
from cowboy.settings import Settings

REQUEST_TIMEOUT_MS = 5_000
"""The longest wait for a broker that does not answer. The longest fetch takes half a second."""

METADATA_MS = 2_000
"""How often a client asks where its topics are."""

LOST_SECONDS = 3.0
"""Without an answer for so long, it looks for the broker at the addresses it was given."""

DEAF_SECONDS = 10.0
"""Without an answer for so long, nothing can be read. A busy machine may be late by seconds for the next refresh."""

REFUSED_SECONDS = 10.0
"""How long a refusal counts: longer than any reader rests before it tries again."""


SILENT_SECONDS = 2.0
"""A reader whose topics were all silent for so long rests, if the broker is the embedded one. More than what a producer
takes for silence (`cowboy.bus.producer.SILENT_SECONDS`), or a message could find a reader at rest and ring no bell."""

SHORTEST_REST_SECONDS = 0.25
LONGEST_REST_SECONDS = 1.0
"""How often a resting reader asks the broker all the same: other programs may write without a bell."""

REST_PART = 1 / 16
"""A rest is this part of the silence before it, within those bounds: the longer it was, the rarer a reader asks."""


class Record(NamedTuple):
    """One message as it stands on its topic. `key` and `value` are bytes as they came, None if the sender gave none."""

    topic: str
    offset: int
    key: bytes | None
    value: bytes | None


class Hearing:
    """Whether a reader can read, whatever consumers it has one after another. Thread-safe."""

    def __init__(self) -> None:
        self.silence: Callable[[], float] = lambda: 0.0
        self._refused: Trouble | None = None
        self._refused_at = float("-inf")

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing can be read: no broker has answered for a while, or one refused just now."""
        silent = self.silence()
        if silent > DEAF_SECONDS:
            return Trouble("the broker does not answer in time", datetime.now(UTC) - timedelta(seconds=silent))
        return self._refused if time.monotonic() - self._refused_at < REFUSED_SECONDS else None

    def note(self, error: BaseException | None) -> None:
        """Reading failed."""
        former = self.trouble
        self._refused = Trouble(reason_not_to_read(error), former.since if former else datetime.now(UTC))
        self._refused_at = time.monotonic()


class Consumer:
    """Reads the one partition of each topic assigned to it. `hearing` is that of the reader who has it. A ring for a
    topic that `heeds` names ends its rest; without it for those that it reads.

    While all its topics are silent, a reader of the embedded broker rests: it asks every quarter of a second, later
    every second, and at once when the bell tells of a message (`cowboy.bus.bell`).
    """

    def __init__(
        self, settings: Settings, hearing: Hearing | None = None, heeds: Callable[[str], bool] | None = None
    ) -> None:
        self.hearing = hearing or Hearing()
        self._topics: set[str] = set()
        self._heeds = heeds or self._reads
        self._settings = settings
        try:
            self._client = _connect(settings)
        except BusError as error:
            self.hearing.note(error.__cause__)
            raise
        kafka_internals.prepare(self._client, creates_topics=creates_topics(settings))
        self._looked_at = self._heard_at = self._asked_at = time.monotonic()
        self._bell = Bell.of(settings)
        self.hearing.silence = lambda: kafka_internals.seconds_since_refresh(self._client)

    @property
    def topics(self) -> frozenset[str]:
        """What is being read now."""
        return frozenset(self._topics)

    def assign(self, positions: Mapping[str, int | None]) -> None:
        """Read exactly these topics from now on.

        Topics that were read before go on where they are. A new one begins at the offset given, or at its first
        message for None.
        """
        self.drop(self._topics - positions.keys())
        self.add(positions)

    def add(self, positions: Mapping[str, int | None]) -> None:
        """Read these topics as well, as `assign`; however many others are read, that takes no time for those."""
        # Not `seek_to_beginning`, for which the broker would be asked first where that is. If messages were deleted
        # there, reading begins at the first that is left (`auto_offset_reset`).
        fresh = {topic: offset or 0 for topic, offset in positions.items() if topic not in self._topics}
        if not fresh:
            return
        with bus_errors("assigning topics"):
            kafka_internals.hurry(self._client)
            if self._topics:
                kafka_internals.change_assignment(self._client, fresh, ())
            else:
                self._client.assign([TopicPartition(topic, 0) for topic in fresh])
                for topic, offset in fresh.items():
                    self._client.seek(TopicPartition(topic, 0), offset)
            self._topics |= fresh.keys()
            self._ask_for_topics()
        self._end_rest()

    def drop(self, topics: Collection[str]) -> None:
        """Read these no longer; fine for one that is not read."""
        ended = self._topics & set(topics)
        if not ended:
            return
        with bus_errors("assigning topics"):
            self._topics -= ended
            if self._topics:
                kafka_internals.change_assignment(self._client, {}, ended)
            else:
                self._client.unsubscribe()
            self._ask_for_topics()

    def _ask_for_topics(self) -> None:
        # kafka-python would go on asking for topics that are no longer read, and the embedded broker makes again what
        # it is asked for.
        kafka_internals.ask_for_topics(self._client, self._topics)
        kafka_internals.set_fetch_wait(self._client, self._settings.effective_fetch_wait_ms(len(self._topics)))

    def poll(self, wait_ms: int, rest_ms: int | None = None) -> list[Record]:
        """New messages, in the order of each topic; an empty list after `wait_ms` without any, or a little earlier.

        A reader at rest waits for `rest_ms` instead, if given, or until `wake`.
        """
        self._look_for_broker()
        if self._bell is not None:
            wait_ms = self._rest(self._bell, wait_ms, wait_ms if rest_ms is None else rest_ms)
            if not wait_ms:
                return []
        with bus_errors("reading topics"):
            try:
                batches = self._client.poll(timeout_ms=wait_ms)
            except KafkaError as error:
                self.hearing.note(error)
                raise
        if kafka_internals.forbidden_topics(self._client):
            # kafka-python only logs it. The other topics are read.
            self.hearing.note(TopicAuthorizationFailedError())
        if batches:
            self._end_rest()
        return [Record(item.topic, item.offset, item.key, item.value) for batch in batches.values() for item in batch]

    def wake(self) -> None:
        """End the present rest: its poll returns now. Callable from any thread."""
        if self._bell is not None:
            self._bell.wake()

    def _rest(self, bell: Bell, wait_ms: int, rest_ms: int) -> int:
        """Wait for `rest_ms` at most, if this reader is at rest; for how many milliseconds to ask the broker
        afterwards."""
        now = time.monotonic()
        silence = now - self._heard_at
        if silence < SILENT_SECONDS:
            return wait_ms
        if not bell.is_listening:
            if not bell.listen():
                self._end_rest()
            return wait_ms  # what came before it listened rang for nobody
        asks_at = self._asked_at + min(max(REST_PART * silence, SHORTEST_REST_SECONDS), LONGEST_REST_SECONDS)
        if bell.wait(self._heeds, min(asks_at, now + rest_ms / 1000) - now):
            self._end_rest()
            return wait_ms
        if time.monotonic() < asks_at:
            return 0
        self._asked_at = time.monotonic()
        return kafka_internals.fetch_wait(self._client)

    def _reads(self, topic: str) -> bool:
        return topic in self._topics

    def _end_rest(self) -> None:
        self._heard_at = time.monotonic()
        if self._bell is not None:
            self._bell.stop_listening()

    def _look_for_broker(self) -> None:
        """All brokers may have moved since this client learned where they are."""
        now = time.monotonic()
        if kafka_internals.seconds_since_refresh(self._client) > LOST_SECONDS and now - self._looked_at > LOST_SECONDS:
            self._looked_at = now
            kafka_internals.bootstrap_again(self._client, LOST_SECONDS)

    def lost(self, topics: Collection[str]) -> list[str]:
        """Those of these topics, all being read, that end before the place where we read, by what the last poll saw.

        A broker that keeps everything in memory was restarted and has begun them anew: we would wait for messages
        that are there already, under lower offsets.
        """
        return [topic for topic, missing in self._missing(topics).items() if missing is not None and missing < 0]

    def has_read_all(self) -> bool:
        """Whether the last poll of each topic that is being read found nothing beyond what it gave."""
        return all(missing == 0 for missing in self._missing(self._topics).values())

    def _missing(self, topics: Collection[str]) -> dict[str, int | None]:
        """Messages from where we read to each topic's end, by what the last poll saw; None if it was never seen."""
        # Not `end_offsets`: the embedded broker gives the beginning of the last batch for the end of a topic.
        missing: dict[str, int | None] = {}
        with bus_errors("comparing positions with the ends of topics"):
            for topic in topics:
                end = self._client.highwater(TopicPartition(topic, 0))
                position = kafka_internals.position(self._client, topic)
                missing[topic] = None if end is None or position is None else end - position
        return missing

    def close(self) -> None:
        self.hearing.silence = lambda: 0.0
        if self._bell is not None:
            self._bell.close()
        self._client.close(timeout_ms=5_000)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _connect(settings: Settings) -> KafkaConsumer:
    with connecting(settings):
        return KafkaConsumer(
            **client_options(settings) | {"request_timeout_ms": REQUEST_TIMEOUT_MS},
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            # A new game's topic must be found at once, not at the next refresh in five minutes.
            metadata_max_age_ms=METADATA_MS,
            metrics_enabled=False,
        )
