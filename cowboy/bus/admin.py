"""Making, listing and deleting topics. All three can be repeated without harm."""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, Self, TypeVar

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import NewTopic, OffsetSpec
from kafka.errors import (
    InvalidConfigurationError,
    KafkaError,
    NodeNotReadyError,
    NoError,
    NotControllerError,
    PolicyViolationError,
    RetriableError,
    TopicAlreadyExistsError,
    UnknownBrokerIdError,
    UnknownTopicOrPartitionError,
    for_code,
)
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from cowboy.bus import kafka_internals
from cowboy.bus.client import bus_errors, client_options, connecting
from cowboy.settings import Settings

_Answer = TypeVar("_Answer")

BOOTSTRAP_SECONDS = 5.0
READY_SECONDS = 10.0

INDEX_EVERY_BYTES = 1024 * 1024
"""How much of a topic Apache Kafka writes between two entries of its index, where it is ours to say.

By default it is 4 kB: a topic's first entry comes after a few turns, and with it the first page of two files, which
takes a disk some 25 ms, while nothing else of the same request is written. Games that begin together come to that place
together: with fifty of them some turns took more than 1 s. A reader finds its place in 1 MB as fast as in 4 kB.
"""

OUTDATED = (UnknownBrokerIdError, NodeNotReadyError, NotControllerError)
"""What the client knows of the cluster is no longer so: after an outage a broker may come back later than the others,
and the one that answers names it as a controller or leader all the same. Nobody has done what was asked for."""


class TopicAdmin:
    """Thread-safe. Raises `BusError` when the broker does not answer in time or refuses."""

    def __init__(self, settings: Settings) -> None:
        # One request at a time: the client refuses a sixth while five are on their way.
        self._turn = threading.Lock()
        self._replicas = settings.topic_replication_factor
        self._can_only_try = settings.broker_kind == "kafka"
        minimum = settings.topic_min_insync_replicas
        self._needed = {} if minimum is None else {"min.insync.replicas": str(minimum)}
        self._wished = {"index.interval.bytes": str(INDEX_EVERY_BYTES)} if settings.broker_kind == "kafka" else {}
        with connecting(settings):
            self._client = KafkaAdminClient(**client_options(settings))
        kafka_internals.prepare(self._client, creates_topics=False)

    def create(self, topics: Iterable[str]) -> None:
        """Make topics of one partition each, which keeps a game's messages in order. A topic may exist already.

        Returns when they can be written and read. Many at once take the broker hardly longer than one.
        """
        wanted = list(topics)
        if wanted:
            self._ask(f"creating topics {_some(wanted)}", lambda: self._make(wanted))
            self._wait_for(wanted)

    def _make(self, topics: Collection[str], *, only_try: bool = False) -> None:
        def answer(configuration: dict[str, str]) -> Mapping[str, Any]:
            wanted = [NewTopic(topic, 1, self._replicas, topic_configs=configuration) for topic in topics]
            made: Mapping[str, Any] = self._client.create_topics(wanted, validate_only=only_try, raise_errors=False)
            return made

        answered = answer(self._wished | self._needed)
        if self._wished and _errors(answered) & {InvalidConfigurationError, PolicyViolationError}:
            # Providers of clusters let their users set less.
            answered = answer(self._needed)
        _check(answered, TopicAlreadyExistsError)

    def _wait_for(self, topics: Collection[str]) -> None:
        """Wait until the leaders of these topics serve them. Apache Kafka announces a topic and its leader before the
        leader has made the topic's files, some 5 ms each. Until then the leader refuses messages, which are sent again
        100 ms later, and answers each fetch at once with an error, so that readers ask without a pause.
        """
        partitions = dict.fromkeys((TopicPartition(topic, 0) for topic in topics), OffsetSpec.EARLIEST)
        self._ask(
            f"waiting for topics {_some(topics)}",
            # The shortest patience: by itself the client would try again 100 ms later.
            lambda: self._client.list_partition_offsets(partitions, timeout_ms=1),
            passing=(RetriableError, *OUTDATED),
            first_pause=0.005,
            patience=READY_SECONDS,
        )

    def delete(self, topics: Iterable[str]) -> None:
        """Delete topics. A topic may be unknown."""
        unwanted, gone = list(topics), UnknownTopicOrPartitionError
        if unwanted:
            self._ask(
                f"deleting topics {_some(unwanted)}",
                lambda: _check(self._client.delete_topics(unwanted, raise_errors=False), gone),
            )

    def list(self) -> list[str]:
        """Names of all topics of the broker, ours or not."""
        return list(self._ask("listing topics", self._client.list_topics))

    def check(self, topics: Iterable[str]) -> None:
        """Raises `BusError` unless these topics could be made.

        It makes none, so it does not ask the embedded broker, which would.
        """
        for topic in topics if self._can_only_try else ():
            # An embedded broker that the settings take for Apache Kafka makes it all the same.
            self._ask(f"trying whether topic {topic} could be made", partial(self._make, [topic], only_try=True))

    def _ask(
        self,
        doing: str,
        request: Callable[[], _Answer],
        *,
        passing: tuple[type[KafkaError], ...] = OUTDATED,
        first_pause: float = 0.05,
        patience: float = BOOTSTRAP_SECONDS,
    ) -> _Answer:
        """Ask the broker, and again for `patience` seconds while it answers with an error of the kinds `passing`."""
        with bus_errors(doing):
            for attempt in Retrying(
                retry=retry_if_exception_type(passing),
                wait=wait_exponential(multiplier=first_pause, max=10 * first_pause),
                stop=stop_after_delay(patience),
                reraise=True,
            ):
                with attempt, self._turn:
                    try:
                        answer = request()
                    except (KafkaError, RuntimeError) as error:
                        if isinstance(error, OUTDATED) or not isinstance(error, passing):
                            # The brokers that the client knows may be gone for good, and one that it knows as the
                            # controller is asked for ever.
                            kafka_internals.bootstrap_again(self._client, BOOTSTRAP_SECONDS)
                        if isinstance(error, KafkaError):
                            raise
                        # kafka-python 3.0.12 says so of a controller that was asked twice and is none.
                        raise NotControllerError(str(error)) from error
            return answer

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _check(answer: Mapping[str, Any], harmless: type[KafkaError]) -> None:
    """Raises the first error of an answer that names one for each topic."""
    for topic in answer["topics"]:
        error = for_code(topic["error_code"])
        if error not in {NoError, harmless}:
            raise error(topic["name"])


def _errors(answer: Mapping[str, Any]) -> set[type[KafkaError]]:
    return {for_code(topic["error_code"]) for topic in answer["topics"]}


def _some(topics: Iterable[str]) -> str:
    """Names for a message: the first, and how many more there are."""
    first, *others = topics
    return f"{first} and {len(others)} more" if others else first
