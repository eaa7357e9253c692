"""Writing to topics: a message counts as sent once the broker has acknowledged it."""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError

from cowboy.bus import kafka_internals
from cowboy.bus.bell import Bell
from cowboy.bus.client import bus_errors, client_options, connecting, creates_topics
from cowboy.bus.trouble import Trouble, reason_of
from cowboy.process.milliseconds import milliseconds
from cowboy.settings import Settings

DELIVERY_TIMEOUT_SECONDS = 5.0
PROBE_SECONDS = 1.0

UNKNOWN_SECONDS = 1.0
"""A topic that the broker has not known for so long does not exist. A new one is known within moments."""

FRESH_SECONDS = 60.0
"""The client stops asking for a topic that was not written to for this long, and asks anew when it is."""

SILENT_SECONDS = 1.0
"""The first message after so long without one on its topic rings the bell: its readers may be at rest. While messages
follow each other faster, the readers are awake."""

BUSY_TICK_SECONDS = 0.25
IDLE_TICK_SECONDS = 15.0

log = structlog.get_logger(__name__)


class Sent:
    """A message on its way."""

    def __init__(self, topic: str, on_end: "Callable[[Sent], None] | None" = None) -> None:
        self.topic = topic
        self._outcome: Future[int] = Future()
        if on_end is not None:
            self._outcome.add_done_callback(lambda _: on_end(self))

    @property
    def is_over(self) -> bool:
        """It has arrived, or failed: `wait` does not block."""
        return self._outcome.done()

    def wait(self) -> int:
        """Blocks until the broker has it; the message's offset. Raises `BusError` if that fails, after 5 s or so."""
        with bus_errors(f"publishing to {self.topic}"):
            try:
                return self._outcome.result(2 * DELIVERY_TIMEOUT_SECONDS)
            except NotYet:
                raise KafkaTimeoutError("nothing was heard of it") from None

    def end(self, outcome: "int | KafkaError") -> None:
        """The offset, or why it failed. For the producer; a second outcome is ignored."""
        with suppress(InvalidStateError):
            if isinstance(outcome, int):
                self._outcome.set_result(outcome)
            else:
                self._outcome.set_exception(outcome)


@dataclass(frozen=True)
class _Message:
    sent: Sent
    key: bytes
    value: bytes
    since: float = field(default_factory=time.monotonic)

    @property
    def age_seconds(self) -> float:
        return time.monotonic() - self.since


class Producer:
    """Sends messages. Thread-safe; one per process is enough. A topic has its messages in the order in which they were
    sent.

    `send` never blocks. The messages for a topic that this client has not heard of wait in a queue of their own while
    it asks the broker, so no topic, new or gone, holds up another.

    Not idempotent: a message can stand on its topic twice when the broker's acknowledgement was lost. Commands carry
    ids and events their numbers, so readers notice.

    Apache Kafka makes no topic when one writes to it. kafka-python's client looks at every topic that it ever wrote to
    with each message, and asks the broker for those that are gone again and again. A thread of this producer makes the
    client forget them, at the latest a minute after the last message.
    """

    def __init__(self, settings: Settings) -> None:
        self._client = _connect(settings)
        self._gate = threading.RLock()
        self._waiting: dict[str, deque[_Message]] = {}
        self._on_the_way: dict[str, int] = {}
        self._last_written: dict[str, float] = {}
        self._arrived_at: dict[str, float] = {}
        self._to_ring: deque[str] = deque()
        self._trouble: Trouble | None = None
        self._readers_bell = Bell.of(settings)
        self._bell = threading.Event()
        self._closed = False
        kafka_internals.on_refresh(self._client, self._bell.set)
        self._courier = threading.Thread(target=self._keep_going, name="producer", daemon=True)
        self._courier.start()

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing can be sent, since the first send that failed for it; None after one that succeeded."""
        return self._trouble

    def probe(self) -> bool:
        """Whether this client reaches the broker now; then its trouble is over. Blocks for a second at most.

        For a process that has nothing to send, and so cannot learn otherwise that the broker is back. It tells nothing
        of whether the broker would take a message.
        """
        reached = kafka_internals.wait_for_broker(self._client, PROBE_SECONDS)
        if reached:
            self._trouble = None
        return reached

    def expect(self, topic: str) -> None:
        """Ask the broker for a topic that is about to be written to, so that its first message does not wait for the
        answer. Does not block. Within a minute without a message it is forgotten like any other."""
        with self._gate:
            if not kafka_internals.knows_topic(self._client, topic):
                kafka_internals.ask_for_topic(self._client, topic)
            self._last_written[topic] = time.monotonic()

    def send(self, topic: str, key: str, value: bytes, on_end: Callable[[Sent], None] | None = None) -> Sent:
        """Hands a message to the client's sender. It stands on the topic once `Sent.wait` has returned.

        `on_end` is called, in any thread, when that would not block any more. Raises `BusError` for a message that
        can never be sent.
        """
        message = _Message(Sent(topic, on_end), key.encode(), value)
        with self._gate, bus_errors(f"publishing to {topic}"):
            self._last_written[topic] = message.since
            if topic in self._waiting or not self._hand_over(message):
                self._waiting.setdefault(topic, deque()).append(message)
        return message.sent

    def _hand_over(self, message: _Message) -> bool:
        """False if the client does not know the topic, which it asks for from now on."""
        topic = message.sent.topic
        try:
            # Never another partition, even if a broker has made the topic by itself, with several: we read this.
            future = self._client.send(topic, key=message.key, value=message.value, partition=0)
        except (KafkaTimeoutError, ValueError):  # the latter, when it has just been told that the topic is gone
            kafka_internals.hurry(self._client)
            return False
        self._on_the_way[topic] = self._on_the_way.get(topic, 0) + 1
        future.add_callback(lambda metadata: self._arrived(message, int(metadata.offset)))
        future.add_errback(lambda error: self._failed(message, error))
        return True

    # -- in the client's own thread -----------------------------------------------------------------------------------

    def _arrived(self, message: _Message, offset: int) -> None:
        self._trouble = None
        self._landed(message)
        self._tell_readers(message.sent.topic)
        message.sent.end(offset)

    def _tell_readers(self, topic: str) -> None:
        if self._readers_bell is None:
            return
        now = time.monotonic()
        if now - self._arrived_at.get(topic, float("-inf")) > SILENT_SECONDS:
            self._to_ring.append(topic)
            self._bell.set()
        self._arrived_at[topic] = now

    def _failed(self, message: _Message, error: KafkaError) -> None:
        is_there = kafka_internals.knows_topic(self._client, message.sent.topic)
        is_reached = kafka_internals.seconds_since_refresh(self._client) < message.age_seconds
        self._give_up(message, error if is_there or not is_reached else UnknownTopicOrPartitionError(str(error)))
        self._landed(message)

    def _landed(self, message: _Message) -> None:
        topic = message.sent.topic
        with self._gate:
            self._on_the_way[topic] -= 1
            if not self._on_the_way[topic]:
                del self._on_the_way[topic]
                kafka_internals.forget_empty_batches(self._client, topic)

    def _give_up(self, message: _Message, error: KafkaError) -> None:
        if (reason := reason_of(error)) is not None:
            known = self._trouble
            self._trouble = Trouble(reason, known.since if known else datetime.now(UTC))
            self._bell.set()
        message.sent.end(error)

    # -- in a thread of ours ------------------------------------------------------------------------------------------

    def _keep_going(self) -> None:
        """Ring, send on what waited for its topic, give up what waited too long, forget topics, look for the broker."""
        looked_at = time.monotonic()
        while not self._closed or self._waiting:
            is_busy = self._waiting or self._trouble
            self._bell.wait(BUSY_TICK_SECONDS if is_busy else min(IDLE_TICK_SECONDS, FRESH_SECONDS))
            self._bell.clear()
            try:
                while self._readers_bell is not None and self._to_ring:
                    self._readers_bell.ring(self._to_ring.popleft())
                self._look_after_waiting()
                self._forget_old_topics()
                if self._trouble and time.monotonic() - looked_at > PROBE_SECONDS:
                    looked_at = time.monotonic()
                    kafka_internals.bootstrap_again(self._client, DELIVERY_TIMEOUT_SECONDS)
            except Exception:  # the outermost loop of this thread
                log.exception("producer_crashed")

    def _look_after_waiting(self) -> None:
        for topic in list(self._waiting):
            with self._gate:
                queue = self._waiting[topic]
                given_up = self._hand_over_all(queue)
                if not queue:
                    del self._waiting[topic]
            for message, error in given_up:
                self._give_up(message, error)

    def _hand_over_all(self, queue: "deque[_Message]") -> list[tuple[_Message, KafkaError]]:
        """The messages for a topic, as far as it is known by now; those that are given up, and why."""
        given_up: list[tuple[_Message, KafkaError]] = []
        while queue:
            message = queue[0]
            is_reached = kafka_internals.seconds_since_refresh(self._client) < message.age_seconds
            if message.age_seconds > DELIVERY_TIMEOUT_SECONDS:
                given_up.append((message, KafkaTimeoutError("the topic is not known, the broker does not tell")))
            elif kafka_internals.knows_topic(self._client, message.sent.topic):
                try:
                    if not self._hand_over(message):
                        break
                except KafkaError as error:
                    given_up.append((message, error))
            elif message.sent.topic in kafka_internals.forbidden_topics(self._client):
                given_up.append((message, TopicAuthorizationFailedError("the user may not see the topic")))
            elif message.age_seconds > UNKNOWN_SECONDS and is_reached:
                given_up.append((message, UnknownTopicOrPartitionError("there is no such topic")))
            else:
                break
            queue.popleft()
        return given_up

    def _forget_old_topics(self) -> None:
        """Have the client ask no more for topics without messages that are old, or not there."""
        with self._gate:
            now = time.monotonic()
            busy = self._waiting.keys() | self._on_the_way.keys()
            kept = {
                topic: at
                for topic, at in self._last_written.items()
                if topic in busy
                or now - at < (FRESH_SECONDS if kafka_internals.knows_topic(self._client, topic) else UNKNOWN_SECONDS)
            }
            if kept.keys() != self._last_written.keys():
                self._last_written = kept
                self._arrived_at = {topic: at for topic, at in self._arrived_at.copy().items() if topic in kept}
                kafka_internals.ask_for_topics(self._client, kept)

    def close(self) -> None:
        """What waits for its topic has 5 s to go on its way, and what is on its way 5 s to arrive."""
        self._closed = True
        self._bell.set()
        self._courier.join(DELIVERY_TIMEOUT_SECONDS)
        self._client.close(timeout=DELIVERY_TIMEOUT_SECONDS)
        if self._readers_bell is not None:
            self._readers_bell.close()
        with self._gate:
            left = [message for queue in self._waiting.values() for message in queue]
            self._waiting.clear()
        for message in left:
            message.sent.end(KafkaTimeoutError("the producer was closed"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _connect(settings: Settings) -> KafkaProducer:
    with connecting(settings):
        client = KafkaProducer(
            **client_options(settings)
            | {
                "request_timeout_ms": 4_000,
                "acks": "all",
                # kafka-python 3.0.12: when a batch expires that was sent before, `reset_producer_id` leaves an
                # idempotent producer without an id, and nothing asks for another: no later message is ever sent. The
                # embedded broker, too, forgets the ids of producers when it is restarted.
                "enable_idempotence": False,
                # So a message that is sent again cannot overtake the one before it.
                "max_in_flight_requests_per_connection": 1,
                "delivery_timeout_ms": milliseconds(DELIVERY_TIMEOUT_SECONDS),
                # A message for a topic that it does not know is refused at once, and the topic is asked for.
                "max_block_ms": 0,
                "max_request_size": settings.max_message_bytes,
                "metrics_enabled": False,
            }
        )
    kafka_internals.prepare(client, creates_topics=creates_topics(settings))
    return client
