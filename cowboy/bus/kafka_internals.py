"""What we need of kafka-python 3.0.12 and it does not offer: every reach into its private parts is here.

`pyproject.toml` bounds the version; `tests/integration/bus/test_kafka_internals.py` notices when one of them moves.
"""

import threading
from collections.abc import Collection
from typing import Any

from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import BrokerResponseError
from kafka.net.sasl import get_sasl_mechanism

from cowboy.settings import Settings

# ruff: noqa: SLF001


def asked_topics(client: KafkaProducer | KafkaConsumer) -> set[str]:
    """The topics that a client asks the broker for, with each refresh of its metadata."""
    return set(_cluster(client)._topics)


def ask_for_topics(client: KafkaProducer | KafkaConsumer, topics: Collection[str]) -> None:
    """Have a client ask for exactly these from now on. By itself it never stops asking for a topic."""
    # Another set instead of another content: the client's own thread may be going through it.
    _cluster(client)._topics = set(topics)


def wait_for_broker(client: KafkaProducer | KafkaConsumer, patience_seconds: float) -> bool:
    """Have a client refresh its metadata; whether a broker answered in time."""
    answered = threading.Event()
    refreshed = _cluster(client).request_update()
    refreshed.add_both(lambda _: answered.set())
    answered.wait(patience_seconds)
    # With a single topic asked for, the topic's error counts as the failure of the whole request.
    return bool(refreshed.succeeded() or isinstance(refreshed.exception, BrokerResponseError))


def set_fetch_wait(client: KafkaConsumer, milliseconds: int) -> None:
    """How long the broker may hold the answer to a fetch that finds nothing, from the next fetch on."""
    client._fetcher.config["fetch_max_wait_ms"] = milliseconds


def fetch_wait(client: KafkaConsumer) -> int:
    """What `set_fetch_wait` has set, in milliseconds."""
    return int(client._fetcher.config["fetch_max_wait_ms"])


def forget_empty_batches(client: KafkaProducer) -> None:
    """Drop what is left of messages that were sent.

    The producer keeps an empty queue for each partition, looks at it with each message, and when it does not know the
    partition's topic any more, it asks for all others without end. No thread may be inside `KafkaProducer.send`: it
    may hold a queue that it is about to fill.
    """
    accumulator = client._accumulator
    for partition in list(accumulator._batches):
        with accumulator._tp_lock(partition):
            if not accumulator._batches[partition]:
                del accumulator._batches[partition]


def topics_with_batches(client: KafkaProducer) -> set[str]:
    """The topics for which a producer keeps queues, empty or not."""
    return {partition.topic for partition in list(client._accumulator._batches)}


def login(settings: Settings) -> Any:
    """Our side of a login by SASL: `auth_bytes` are to be sent, `receive` takes the answer, until `is_done`."""
    mechanism = settings.kafka_sasl_mechanism
    password = settings.kafka_password
    return get_sasl_mechanism(mechanism)(
        sasl_mechanism=mechanism,
        sasl_plain_username=settings.kafka_username,
        sasl_plain_password="" if password is None else password.get_secret_value(),
    )


def _cluster(client: KafkaProducer | KafkaConsumer) -> Any:
    return client._metadata if isinstance(client, KafkaProducer) else client._cluster
