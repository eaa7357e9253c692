"""Reading topics by assignment, from positions that the reader keeps itself.

Not thread-safe: one thread owns a consumer. A topic that does not exist (any more) is silent, not an error; whoever
needs to know asks `cowboy.bus.admin`.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Self

from kafka import KafkaConsumer, TopicPartition

from cowboy.bus import kafka_internals
from cowboy.bus.client import bus_errors, client_options, connecting
from cowboy.settings import Settings


class Record(NamedTuple):
    """One message as it stands on its topic. `key` and `value` are bytes as they came, None if the sender gave none."""

    topic: str
    offset: int
    key: bytes | None
    value: bytes | None


class Consumer:
    """Reads the one partition of each topic assigned to it."""

    def __init__(self, settings: Settings) -> None:
        self._topics: set[str] = set()
        self._settings = settings
        with connecting(settings):
            self._client = KafkaConsumer(
                **client_options(settings),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
                # A new game's topic must be found at once, not at the next refresh in five minutes.
                metadata_max_age_ms=2_000,
                metrics_enabled=False,
            )

    @property
    def topics(self) -> frozenset[str]:
        """What is being read now."""
        return frozenset(self._topics)

    def assign(self, positions: Mapping[str, int | None]) -> None:
        """Read exactly these topics from now on.

        Topics that were read before go on where they are. A new one begins at the offset given, or at its first
        message for None.
        """
        fresh = positions.keys() - self._topics
        with bus_errors("assigning topics"):
            self._client.assign([TopicPartition(topic, 0) for topic in positions])
            # kafka-python would go on asking for topics that are no longer read, and the embedded broker makes anew
            # whatever it is asked for.
            kafka_internals.ask_for_topics(self._client, positions)
            kafka_internals.set_fetch_wait(self._client, self._settings.effective_fetch_wait_ms(len(positions)))
            for topic in fresh:
                offset = positions[topic]
                if offset is None:
                    self._client.seek_to_beginning(TopicPartition(topic, 0))
                else:
                    self._client.seek(TopicPartition(topic, 0), offset)
        self._topics = set(positions)

    def poll(self, wait_ms: int) -> list[Record]:
        """New messages, in the order of each topic; an empty list after `wait_ms` without any."""
        with bus_errors("reading topics"):
            batches = self._client.poll(timeout_ms=wait_ms)
        return [Record(item.topic, item.offset, item.key, item.value) for batch in batches.values() for item in batch]

    def lost(self, topics: Collection[str]) -> list[str]:
        """Those of these topics, all being read, that end before the place where we read, by what the last poll saw.

        A broker that keeps everything in memory was restarted and has begun them anew: we would wait for messages
        that are there already, under lower offsets.
        """
        return [topic for topic, missing in self._missing(topics).items() if missing is not None and missing < 0]

    def has_read_all(self) -> bool:
        """Whether the last poll of each topic that is being read found nothing beyond what it gave."""
        return all(missing == 0 for missing in self._missing(self._topics).values())

    def _missing(self, topics: Collection[str]) -> dict[str, int | None]:
        """Messages from where we read to each topic's end, by what the last poll saw; None if it was never seen."""
        # Not `end_offsets`: the embedded broker gives the beginning of the last batch for the end of a topic.
        partitions = [TopicPartition(topic, 0) for topic in topics]
        with bus_errors("comparing positions with the ends of topics"):
            ends = {item: self._client.highwater(item) for item in partitions}
            return {
                item.topic: None if end is None else end - self._client.position(item) for item, end in ends.items()
            }

    def close(self) -> None:
        self._client.close(timeout_ms=5_000)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
