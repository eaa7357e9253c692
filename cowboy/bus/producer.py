"""Writing to topics: a message counts as sent once the broker has acknowledged it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer

from cowboy.bus.client import bus_errors, client_options
from cowboy.settings import Settings

DELIVERY_TIMEOUT_SECONDS = 5.0

RENEWED_AT_TOPICS = 128
FRESH_SECONDS = 60.0
"""kafka-python's client looks at every topic it ever wrote to with each message, and asks the broker for those that
are gone again and again. So it is exchanged for a new one when it knows this many topics, if at least half of them
were not written to for this long."""


class Sent:
    """A message on its way."""

    def __init__(self, topic: str, future: Any) -> None:
        self._topic = topic
        self._future = future

    def wait(self) -> int:
        """Blocks until the broker has it; the message's offset. Raises `BusError` if that fails or takes over 5 s."""
        with bus_errors(f"publishing to {self._topic}"):
            return int(self._future.get(timeout=DELIVERY_TIMEOUT_SECONDS).offset)


class Producer:
    """Thread-safe; one per process is enough. Idempotent on Kafka: a network retry does not double a message there.

    Topics are never created by writing to them.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = _connect(settings)
        self._gate = threading.Condition()
        self._sending = 0
        self._renewing = False
        self._renew_at = RENEWED_AT_TOPICS
        self._last_written: dict[str, float] = {}

    def send(self, topic: str, key: str, value: bytes) -> Sent:
        """Hands a message to the client's sender. It stands on the topic once `Sent.wait` has returned."""
        with bus_errors(f"publishing to {topic}"), self._client_for(topic) as client:
            # Never another partition, even if a broker has made the topic by itself, with several: we read this one.
            return Sent(topic, client.send(topic, key=key.encode(), value=value, partition=0))

    @contextmanager
    def _client_for(self, topic: str) -> Iterator[KafkaProducer]:
        with self._gate:
            self._gate.wait_for(lambda: not self._renewing)
            self._last_written[topic] = time.monotonic()
            if len(self._last_written) >= self._renew_at:
                self._renew()
            client = self._client
            self._sending += 1
        try:
            yield client
        finally:
            with self._gate:
                self._sending -= 1
                self._gate.notify_all()

    def _renew(self) -> None:
        """Exchange the client if most of its topics are over. What it has in hand is delivered first, so that the
        messages of a topic keep their order."""
        since = time.monotonic() - FRESH_SECONDS
        fresh = {topic: at for topic, at in self._last_written.items() if at >= since}
        self._renew_at = max(RENEWED_AT_TOPICS, 2 * len(fresh))
        if 2 * len(fresh) > len(self._last_written):
            return
        self._renewing = True
        try:
            self._gate.wait_for(lambda: self._sending == 0)
            spent, self._client = self._client, _connect(self._settings)
            self._last_written = fresh
            spent.close(timeout=DELIVERY_TIMEOUT_SECONDS)  # delivers what it has in hand
        finally:
            self._renewing = False
            self._gate.notify_all()

    def close(self) -> None:
        self._client.close(timeout=DELIVERY_TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _connect(settings: Settings) -> KafkaProducer:
    with bus_errors(f"connecting to {settings.kafka_bootstrap_servers}"):
        return KafkaProducer(
            **client_options(settings)
            | {
                "request_timeout_ms": 4_000,
                "acks": "all",
                # The embedded broker forgets its producers when it is restarted, and from then on refuses an
                # idempotent one for ever. One request at a time keeps the order there too.
                "enable_idempotence": settings.broker_kind == "kafka",
                "max_in_flight_requests_per_connection": 5 if settings.broker_kind == "kafka" else 1,
                "delivery_timeout_ms": int(DELIVERY_TIMEOUT_SECONDS * 1000),
                "max_block_ms": int(DELIVERY_TIMEOUT_SECONDS * 1000),
                "max_request_size": settings.max_message_bytes,
                "allow_auto_create_topics": False,
                "metrics_enabled": False,
            }
        )
