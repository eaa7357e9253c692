"""Writing to topics: a message counts as sent once the broker has acknowledged it."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from cowboy.bus import kafka_internals
from cowboy.bus.client import bus_errors, client_options, connecting
from cowboy.bus.trouble import Trouble, reason_of
from cowboy.errors import BusError
from cowboy.settings import Settings

DELIVERY_TIMEOUT_SECONDS = 5.0
PROBE_SECONDS = 1.0

FRESH_SECONDS = 60.0
"""A topic that was not written to for this long is no longer asked for; writing to it again asks anew."""


class Sent:
    """A message on its way. `on_end` is told how it ended, once: None when it has arrived, else why it did not."""

    def __init__(self, topic: str, future: Any, on_end: Callable[[KafkaError | None], None]) -> None:
        self._topic = topic
        self._future = future
        self._on_end = on_end

    def wait(self) -> int:
        """Blocks until the broker has it; the message's offset. Raises `BusError` if that fails or takes over 5 s."""
        with bus_errors(f"publishing to {self._topic}"):
            try:
                offset = int(self._future.get(timeout=DELIVERY_TIMEOUT_SECONDS).offset)
            except KafkaError as error:
                self._on_end(error)
                raise
        self._on_end(None)
        return offset


class Producer:
    """Thread-safe; one per process is enough. What is sent to one topic stands there in the order it was sent in.

    Not idempotent: a message can stand on its topic twice when the broker's acknowledgement was lost. Commands carry
    ids and events their numbers, so readers notice.

    Topics are never created by writing to them. kafka-python's client would look at every topic it ever wrote to with
    each message, and ask the broker for those that are gone again and again: this one has it forget them, also those
    of messages that failed or that nobody waited for.
    """

    def __init__(self, settings: Settings) -> None:
        self._client = _connect(settings)
        self._gate = threading.Lock()
        self._sending = 0
        self._last_written: dict[str, float] = {}
        self._trouble: Trouble | None = None

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

    def send(self, topic: str, key: str, value: bytes) -> Sent:
        """Hands a message to the client's sender. It stands on the topic once `Sent.wait` has returned."""
        with self._gate:
            self._sending += 1
            if topic not in self._last_written and self._sending == 1:
                self._forget_old_topics()
            self._last_written[topic] = time.monotonic()
        try:
            with bus_errors(f"publishing to {topic}"):
                # Never another partition, even if a broker has made the topic by itself, with several: we read this.
                future = self._client.send(topic, key=key.encode(), value=value, partition=0)
        except BusError as error:
            if not self.probe():  # else it is the topic that is not there
                self._note(error.__cause__)
            raise
        finally:
            with self._gate:
                self._sending -= 1
        return Sent(topic, future, self._ended)

    def _forget_old_topics(self) -> None:
        """Before a new topic is asked for, since the client asks for all that it knows; while nobody else sends."""
        since = time.monotonic() - FRESH_SECONDS
        self._last_written = {topic: at for topic, at in self._last_written.items() if at >= since}
        kafka_internals.ask_for_topics(
            self._client, kafka_internals.asked_topics(self._client) & self._last_written.keys()
        )
        # A batch whose topic it does not know makes the client ask for all others without end, and the embedded broker
        # makes anew whatever it is asked for.
        kafka_internals.forget_empty_batches(self._client)

    def _ended(self, error: KafkaError | None) -> None:
        self._note(error)
        if error is None:
            with self._gate:
                if not self._sending:  # else a message may be about to get into a batch; its delivery comes here, too
                    kafka_internals.forget_empty_batches(self._client)

    def _note(self, error: BaseException | None) -> None:
        if error is None:
            self._trouble = None
        elif isinstance(error, KafkaError) and (reason := reason_of(error)) is not None:
            known = self._trouble
            self._trouble = Trouble(reason, known.since if known else datetime.now(UTC))

    def close(self) -> None:
        self._client.close(timeout=DELIVERY_TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _connect(settings: Settings) -> KafkaProducer:
    with connecting(settings):
        return KafkaProducer(
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
                "delivery_timeout_ms": int(DELIVERY_TIMEOUT_SECONDS * 1000),
                "max_block_ms": int(DELIVERY_TIMEOUT_SECONDS * 1000),
                "max_request_size": settings.max_message_bytes,
                "allow_auto_create_topics": False,
                "metrics_enabled": False,
            }
        )
