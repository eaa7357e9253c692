"""Making, listing and deleting topics. All three can be repeated without harm."""

import threading
from collections.abc import Iterable
from typing import Self

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError

from cowboy.bus.client import bus_errors, client_options, connecting
from cowboy.settings import Settings


class TopicAdmin:
    """Thread-safe. Raises `BusError` when the broker does not answer in time or refuses."""

    def __init__(self, settings: Settings) -> None:
        # One request at a time: the client refuses a sixth while five are on their way.
        self._turn = threading.Lock()
        self._replicas = settings.topic_replication_factor
        self._can_only_try = settings.broker_kind == "kafka"
        minimum = settings.topic_min_insync_replicas
        self._configuration = {} if minimum is None else {"min.insync.replicas": str(minimum)}
        with connecting(settings):
            self._client = KafkaAdminClient(**client_options(settings))

    def create(self, topics: Iterable[str]) -> None:
        """One partition each: one game's messages have one order. An existing topic is fine."""
        for topic in topics:
            with self._turn, bus_errors(f"creating topic {topic}"):
                try:
                    self._client.create_topics([NewTopic(topic, 1, self._replicas, topic_configs=self._configuration)])
                except TopicAlreadyExistsError:
                    continue

    def delete(self, topics: Iterable[str]) -> None:
        """An unknown topic is fine."""
        for topic in topics:
            with self._turn, bus_errors(f"deleting topic {topic}"):
                try:
                    self._client.delete_topics([topic])
                except UnknownTopicOrPartitionError:
                    continue

    def list(self) -> list[str]:
        """Names of all topics of the broker, ours or not."""
        with self._turn, bus_errors("listing topics"):
            return list(self._client.list_topics())

    def check(self, topics: Iterable[str]) -> None:
        """Raises `BusError` unless these could be made. Makes none: the embedded broker would, so it is not asked."""
        for topic in topics:
            with self._turn, bus_errors(f"trying whether topic {topic} could be made"):
                if self._can_only_try:
                    wanted = NewTopic(topic, 1, self._replicas, topic_configs=self._configuration)
                    self._client.create_topics([wanted], validate_only=True)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
