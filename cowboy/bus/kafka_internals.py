"""What Cowboy needs of kafka-python 3.0.12 that has no public way: every use of its private parts is here.

`pyproject.toml` bounds the version; `tests/integration/bus/test_kafka_internals.py` fails when one of the parts moves.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.subscription_state import TopicPartitionState
from kafka.net.sasl import get_sasl_mechanism

from cowboy.settings import Settings

# ruff: noqa: SLF001

Client: TypeAlias = "KafkaProducer | KafkaConsumer | KafkaAdminClient"

FIRST_PAUSE_MS = 10
LONGEST_PAUSE_MS = 2_000
CONNECT_MS = 2_000


def prepare(client: Client, *, creates_topics: bool) -> None:
    """What every client of ours is told, and has no option for.

    - Whether asking for a topic makes the broker create it. The option for that, `allow_auto_create_topics`, does not
      reach the requests that ask.
    - When metadata is wanted, for a new topic, it is asked for at once: ever more rarely while a topic stays unknown,
      from 10 ms to 2 s. As it comes, it waits for 100 ms, always, and would ask ten times a second for ever.
    - A connection that nobody accepts is given up after 2 s instead of 10 to 30: the broker may be elsewhere by now.
    """
    manager, cluster = _manager(client), _cluster(client)
    cluster.config["allow_auto_create_topics"] = creates_topics
    cluster.config["retry_backoff_ms"] = FIRST_PAUSE_MS
    pauses = _Pauses(cluster)
    cluster.add_listener(pauses.after_refresh)
    manager.config["socket_connection_setup_timeout_ms"] = CONNECT_MS
    manager.config["socket_connection_setup_timeout_max_ms"] = CONNECT_MS


class _Pauses:
    """Sets the pause between two requests for metadata after each answer. Runs in the client's own thread."""

    def __init__(self, cluster: Any) -> None:
        self._cluster = cluster
        self._unknown: set[str] = set()

    def after_refresh(self, _cluster: Any) -> None:
        cluster = self._cluster
        unknown = {topic for topic in cluster._topics if cluster.partitions_for_topic(topic) is None}
        pause = cluster.config["retry_backoff_ms"]
        is_news = not unknown <= self._unknown
        cluster.config["retry_backoff_ms"] = (
            FIRST_PAUSE_MS if is_news or not unknown else min(2 * pause, LONGEST_PAUSE_MS)
        )
        self._unknown = unknown
        if is_news:
            # It may have been added while this answer was on its way, which has ended the wish for another.
            cluster.request_update()


def asked_topics(client: Client) -> set[str]:
    """The topics that a client asks the broker for, with each refresh of its metadata."""
    return set(_cluster(client)._topics)


def ask_for_topics(client: Client, topics: Collection[str]) -> None:
    """Have a client ask for exactly these from now on. By itself it never stops asking for a topic."""
    # Another set instead of another content: the client's own thread may be going through it.
    _cluster(client)._topics = set(topics)


def ask_for_topic(client: KafkaProducer, topic: str) -> None:
    """Have a producer ask for one topic more, from now on."""
    client._sender.add_topic(topic)
    hurry(client)


def hurry(client: Client) -> None:
    """Have a client ask for its topics now, however long the pause has grown by others that stay unknown."""
    cluster = _cluster(client)
    cluster.config["retry_backoff_ms"] = FIRST_PAUSE_MS
    cluster.request_update()
    if isinstance(client, KafkaProducer):
        # Its own thread may be waiting for what happens next, or until the pause that was meant before is over.
        client._sender.wakeup()


def on_refresh(client: Client, call: Callable[[], None]) -> None:
    """Have `call` called in the client's own thread after each refresh of its metadata. It must not block or raise."""
    _cluster(client).add_listener(lambda _: call())


def knows_topic(client: Client, topic: str) -> bool:
    """Whether the topic was there at the last refresh."""
    return _cluster(client).partitions_for_topic(topic) is not None


def forbidden_topics(client: Client) -> set[str]:
    """The topics of which the broker does not tell this user, by the last refresh."""
    return set(_cluster(client).unauthorized_topics)


def seconds_since_refresh(client: Client) -> float:
    """How old a client's metadata is."""
    return float(time.monotonic() - _cluster(client)._last_successful_refresh_ms / 1000)


def seconds_to_refresh(client: Client) -> float:
    """When a client asks for metadata next, unless something happens before."""
    return float(_cluster(client).ttl() / 1000)


def wait_for_broker(client: Client, patience_seconds: float) -> bool:
    """Have a client refresh its metadata; whether a broker answered in time."""
    ended, before = threading.Event(), _cluster(client)._last_successful_refresh_ms
    # How it ends tells less: with one topic asked for, the topic's error counts as the failure of the whole request.
    _cluster(client).request_update().add_both(lambda _: ended.set())
    ended.wait(patience_seconds)
    return bool(_cluster(client)._last_successful_refresh_ms > before)


def bootstrap_again(client: Client, patience_seconds: float) -> None:
    """Have a client look for brokers at the addresses that it was given, in its own thread.

    It only does so when it is built; later it knows those that it was told of then, and if all have moved, it never
    finds them.
    """
    manager = _manager(client)
    manager.bootstrap_async(timeout_ms=patience_seconds * 1000)
    if isinstance(client, KafkaAdminClient):
        client._controller_id = None


def change_assignment(client: KafkaConsumer, begun: Mapping[str, int], ended: Collection[str]) -> None:
    """Have a consumer that has an assignment read the first partition of further topics, from these offsets, and of
    others no more.

    Its public way sets and checks all of them anew: some 5 ms for a thousand.
    """
    subscription = client._subscription
    with subscription._lock:
        for partition in (TopicPartition(topic, 0) for topic in ended):
            subscription._user_assignment.discard(partition)
            subscription.assignment.pop(partition, None)
        for topic, offset in begun.items():
            partition, position = TopicPartition(topic, 0), TopicPartitionState()
            position.seek(offset)
            subscription._user_assignment.add(partition)
            subscription.assignment[partition] = position


def position(client: KafkaConsumer, topic: str) -> int | None:
    """The offset that a consumer reads next of an assigned topic, None while it has to find out.

    Its public way looks at all assigned topics for each that is asked for, and may ask the broker.
    """
    state = client._subscription.assignment.get(TopicPartition(topic, 0))
    return None if state is None or state.position is None else int(state.position.offset)


def set_fetch_wait(client: KafkaConsumer, milliseconds: int) -> None:
    """How long the broker may hold the answer to a fetch that finds nothing, from the next fetch on."""
    client._fetcher.config["fetch_max_wait_ms"] = milliseconds


def fetch_wait(client: KafkaConsumer) -> int:
    """What `set_fetch_wait` has set, in milliseconds."""
    return int(client._fetcher.config["fetch_max_wait_ms"])


def forget_empty_batches(client: KafkaProducer, topic: str) -> None:
    """Drop what is left of a topic's messages that were sent.

    The producer keeps an empty queue for each partition, looks at it with each message, and when it does not know the
    partition's topic any more, it asks for all others without end. No thread may be inside `KafkaProducer.send`: it
    may hold a queue that it is about to fill.
    """
    accumulator, partition = client._accumulator, TopicPartition(topic, 0)
    with accumulator._tp_lock(partition):
        if partition in accumulator._batches and not accumulator._batches[partition]:
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


def _cluster(client: Client) -> Any:
    return _manager(client).cluster


def _manager(client: Client) -> Any:
    return client._sender._client._manager if isinstance(client, KafkaProducer) else client._manager
