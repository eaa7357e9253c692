"""What all our Kafka clients have in common: where the broker is, how long to wait, which errors become ours."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.errors import KafkaError

from cowboy.bus.probe import check_brokers
from cowboy.bus.trouble import explain
from cowboy.errors import BusError
from cowboy.process.keepalive import keepalive_options
from cowboy.settings import Settings

REQUEST_TIMEOUT_MS = 10_000
PROBE_SECONDS = 2.0


def client_options(settings: Settings) -> dict[str, Any]:
    """Options for every kafka-python client. No wait is unbounded."""
    return {
        "bootstrap_servers": list(settings.kafka_servers),
        "client_id": "cowboy",
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
        "bootstrap_timeout_ms": REQUEST_TIMEOUT_MS,
        "reconnect_backoff_max_ms": 1_000,
        "socket_options": [
            (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            *((socket.IPPROTO_TCP, option, value) for option, value in keepalive_options().items()),
        ],
        **security_options(settings),
    }


def creates_topics(settings: Settings) -> bool:
    """Whether asking for a topic makes the broker create it.

    Only the embedded one does: it starts without topics while the games that had them go on.
    """
    return settings.broker_kind == "tansu"


def security_options(settings: Settings) -> dict[str, Any]:
    """kafka-python's options for TLS and login."""
    options: dict[str, Any] = {"security_protocol": settings.kafka_security_protocol}
    if settings.kafka_uses_tls:
        options["ssl_context"] = settings.kafka_tls.context()
    if settings.kafka_uses_sasl and settings.kafka_password is not None:
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


@contextmanager
def bus_errors(doing: str) -> Iterator[None]:
    """Turns what kafka-python raises into `BusError`, which says what was being done, and why it failed."""
    try:
        yield
    except KafkaError as error:
        raise BusError(f"{doing}: {explain(error)}") from error


@contextmanager
def connecting(settings: Settings) -> Iterator[None]:
    """The same while a client is built.

    kafka-python reports only a time-out then, so the brokers are asked for the reason.
    """
    with bus_errors(f"connecting to {settings.kafka_bootstrap_servers}"):
        try:
            yield
        except KafkaError:
            try:
                check_brokers(settings, PROBE_SECONDS)
            except BusError as trouble:
                raise BusError(f"connecting to {trouble}") from None
            raise
