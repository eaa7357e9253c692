"""Writing to topics: a message counts as sent once the broker has acknowledged it."""

import threading
import time
from collections.abc import Callable
from typing import Any, Self

from kafka import KafkaProducer

from cowboy.bus.client import bus_errors, client_options
from cowboy.settings import Settings

DELIVERY_TIMEOUT_SECONDS = 5.0

FRESH_SECONDS = 60.0
"""A topic that was not written to for this long is no longer asked for; writing to it again asks anew."""


class Sent:
    """A message on its way. `on_delivery` is called when it has arrived."""

    def __init__(self, topic: str, future: Any, on_delivery: Callable[[], None]) -> None:
        self._topic = topic
        self._future = future
        self._on_delivery = on_delivery

    def wait(self) -> int:
        """Blocks until the broker has it; the message's offset. Raises `BusError` if that fails or takes over 5 s."""
        with bus_errors(f"publishing to {self._topic}"):
            offset = int(self._future.get(timeout=DELIVERY_TIMEOUT_SECONDS).offset)
        self._on_delivery()
        return offset


class Producer:
    """Thread-safe; one per process is enough. Idempotent on Kafka: a network retry does not double a message there.

    Topics are never created by writing to them. kafka-python's client would look at every topic it ever wrote to with
    each message, and ask the broker for those that are gone again and again: this one has it forget them, also those
    of messages that failed or that nobody waited for.
    """

    def __init__(self, settings: Settings) -> None:
        self._client = _connect(settings)
        self._gate = threading.Lock()
        self._sending = 0
        self._last_written: dict[str, float] = {}

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
        finally:
            with self._gate:
                self._sending -= 1
        return Sent(topic, future, self._delivered)

    def _forget_old_topics(self) -> None:
        """Before a new topic is asked for, since the client asks for all that it knows; while nobody else sends."""
        since = time.monotonic() - FRESH_SECONDS
        self._last_written = {topic: at for topic, at in self._last_written.items() if at >= since}
        # Another set instead of another content: the client's own thread may be going through it.
        self._client._metadata._topics = self._client._metadata._topics & self._last_written.keys()  # noqa: SLF001
        # A batch whose topic it does not know makes the client ask for all others without end, and the embedded broker
        # makes anew whatever it is asked for.
        self._forget_empty_batches()

    def _delivered(self) -> None:
        with self._gate:
            if not self._sending:  # else a message may be about to get into a batch; its own delivery comes here, too
                self._forget_empty_batches()

    def _forget_empty_batches(self) -> None:
        accumulator = self._client._accumulator  # noqa: SLF001
        for partition in list(accumulator._batches):  # noqa: SLF001
            with accumulator._tp_lock(partition):  # noqa: SLF001
                if not accumulator._batches[partition]:  # noqa: SLF001
                    del accumulator._batches[partition]  # noqa: SLF001

    def close(self) -> None:
        self._client.close(timeout=DELIVERY_TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
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
