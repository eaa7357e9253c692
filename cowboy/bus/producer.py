"""Writing to topics: a message counts as sent once the broker has acknowledged it."""

from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer

from cowboy.bus.client import bus_errors, client_options
from cowboy.settings import Settings

DELIVERY_TIMEOUT_SECONDS = 5.0


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
        with bus_errors(f"connecting to {settings.kafka_bootstrap_servers}"):
            self._client = KafkaProducer(
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

    def send(self, topic: str, key: str, value: bytes) -> Sent:
        """Hands a message to the client's sender. It stands on the topic once `Sent.wait` has returned."""
        with bus_errors(f"publishing to {topic}"):
            # Never another partition, even if a broker has made the topic by itself, with several: we read this one.
            return Sent(topic, self._client.send(topic, key=key.encode(), value=value, partition=0))

    def close(self) -> None:
        self._client.close(timeout=DELIVERY_TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
