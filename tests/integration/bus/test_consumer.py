"""Reading topics by assignment, on a real broker."""

import time
from collections.abc import Iterator

import pytest

from cowboy.bus import kafka_internals
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.settings import Settings
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


class Bus:
    """Two topics, a way to write to them, and a consumer that reads them."""

    def __init__(self, settings: Settings, admin: TopicAdmin, producer: Producer, consumer: Consumer) -> None:
        self.admin = admin
        self.consumer = consumer
        self.one, self.two = f"{settings.output_topic_prefix}.one.v1", f"{settings.output_topic_prefix}.two.v1"
        self._producer = producer

    def write(self, topic: str, *values: bytes) -> list[int]:
        return [self._producer.send(topic, "key", value).wait() for value in values]

    def read(self, count: int) -> list[tuple[str, int, bytes | None]]:
        """The next `count` messages of all topics."""
        records = []
        wait_for(lambda: records.extend(self.consumer.poll(100)) or len(records) >= count)
        return [(record.topic, record.offset, record.value) for record in records]


@pytest.fixture
def bus(settings: Settings) -> Iterator[Bus]:
    with TopicAdmin(settings) as admin, Producer(settings) as producer, Consumer(settings) as consumer:
        made = Bus(settings, admin, producer, consumer)
        admin.create([made.one, made.two])
        yield made


def test_messages_come_in_the_order_they_were_sent_with_their_offsets(bus: Bus) -> None:
    assert bus.write(bus.one, b"a", b"b", b"c") == [0, 1, 2]
    bus.consumer.assign({bus.one: None})
    assert bus.read(3) == [(bus.one, 0, b"a"), (bus.one, 1, b"b"), (bus.one, 2, b"c")]


def test_reading_begins_at_the_offset_given(bus: Bus) -> None:
    bus.write(bus.one, b"a", b"b", b"c")
    bus.consumer.assign({bus.one: 2})
    assert bus.read(1) == [(bus.one, 2, b"c")]


def test_who_reads_many_topics_asks_for_them_less_often(settings: Settings, bus: Bus) -> None:
    def wait_ms() -> object:
        return kafka_internals.fetch_wait(bus.consumer._client)

    bus.consumer.assign({bus.one: None})
    assert wait_ms() == settings.effective_fetch_wait_ms(1)
    bus.consumer.assign({bus.one: None} | {f"{bus.one}.{number}": None for number in range(300)})
    assert wait_ms() == settings.effective_fetch_wait_ms(301)
    bus.write(bus.one, b"a")
    assert bus.read(1) == [(bus.one, 0, b"a")]


def test_a_topic_that_is_added_leaves_the_others_where_they_were(bus: Bus) -> None:
    bus.write(bus.one, b"a")
    bus.consumer.assign({bus.one: 0})
    bus.read(1)
    bus.write(bus.one, b"b")
    bus.write(bus.two, b"x", b"y")
    bus.consumer.assign({bus.one: 0, bus.two: 1})
    assert sorted(bus.read(2)) == [(bus.one, 1, b"b"), (bus.two, 1, b"y")]
    assert bus.consumer.topics == {bus.one, bus.two}


def test_a_topic_that_is_taken_away_is_no_longer_read(bus: Bus) -> None:
    bus.consumer.assign({bus.one: 0, bus.two: 0})
    bus.consumer.assign({bus.two: 0})
    bus.write(bus.one, b"a")
    bus.write(bus.two, b"x")
    assert bus.read(1) == [(bus.two, 0, b"x")]


def test_a_topic_assigned_from_scratch_is_read_again(bus: Bus) -> None:
    bus.write(bus.one, b"a", b"b")
    bus.consumer.assign({bus.one: 0})
    bus.read(2)
    bus.consumer.assign({})
    bus.consumer.assign({bus.one: 1})
    assert bus.read(1) == [(bus.one, 1, b"b")]


def test_one_topic_more_or_less_does_not_touch_the_others(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    bus.write(bus.one, b"a", b"b")
    bus.write(bus.two, b"x", b"y")
    bus.consumer.assign({bus.one: 1})
    monkeypatch.setattr(bus.consumer._client, "assign", None)  # which sets all topics
    bus.consumer.add({bus.one: 0, bus.two: 1})
    assert sorted(bus.read(2)) == [(bus.one, 1, b"b"), (bus.two, 1, b"y")]
    bus.consumer.drop([bus.one, "unread"])
    bus.write(bus.one, b"c")
    bus.write(bus.two, b"z")
    assert bus.read(1) == [(bus.two, 2, b"z")]
    assert bus.consumer.topics == {bus.two}
    assert kafka_internals.asked_topics(bus.consumer._client) == {bus.two}


def test_a_consumer_without_topics_waits_and_gets_nothing(bus: Bus) -> None:
    bus.consumer.assign({bus.one: 0})
    bus.consumer.assign({})
    assert bus.consumer.poll(1) == []


def test_a_topic_that_is_not_there_is_silent_and_the_others_are_heard(bus: Bus, settings: Settings) -> None:
    bus.consumer.assign({f"{settings.output_topic_prefix}.missing.v1": 0, bus.one: 0})
    bus.write(bus.one, b"a")
    assert bus.read(1) == [(bus.one, 0, b"a")]


def test_a_topic_that_is_made_after_it_was_assigned_is_heard(bus: Bus, settings: Settings) -> None:
    late = f"{settings.output_topic_prefix}.late.v1"
    bus.consumer.assign({late: 0})
    assert bus.consumer.poll(1) == []
    bus.admin.create([late])
    bus.write(late, b"a")
    assert bus.read(1) == [(late, 0, b"a")]


def test_a_topic_that_ends_before_where_we_read_is_lost(bus: Bus, settings: Settings) -> None:
    if settings.broker_kind == "kafka":
        return  # there a reader is told, and begins anew by itself
    bus.write(bus.one, b"a", b"b")
    bus.write(bus.two, b"x")
    bus.consumer.assign({bus.one: 2, bus.two: 7})

    def lost() -> list[str]:
        """What is lost is known from what a poll has seen."""
        bus.consumer.poll(10)
        return bus.consumer.lost([bus.one, bus.two])

    assert wait_for(lost) == [bus.two]


def test_a_reader_knows_when_it_has_read_all(bus: Bus) -> None:
    bus.write(bus.one, b"a", b"b")
    bus.consumer.assign({bus.one: None, bus.two: None})
    assert not bus.consumer.has_read_all()
    assert bus.read(2) == [(bus.one, 0, b"a"), (bus.one, 1, b"b")]
    wait_for(lambda: bus.consumer.poll(10) == [] and bus.consumer.has_read_all())
    bus.write(bus.two, b"x")
    assert bus.read(1) == [(bus.two, 0, b"x")]
    assert bus.consumer.has_read_all()


def refresh(consumer: Consumer) -> None:
    """Poll until the broker has told once more which topics it has."""
    cluster = consumer._client._cluster
    before = cluster._last_successful_refresh_ms
    wait_for(lambda: consumer.poll(50) or cluster._last_successful_refresh_ms > before)


def test_a_topic_that_is_no_longer_read_is_no_longer_asked_for(settings: Settings) -> None:
    kept, left = (f"{settings.output_topic_prefix}.{name}.v1" for name in ("kept", "left"))
    with Consumer(settings) as consumer, TopicAdmin(settings) as admin:
        admin.create([kept, left])
        consumer.assign({kept: None, left: None})
        consumer.poll(10)
        consumer.assign({kept: None})
        refresh(consumer)  # the question of this answer may have been on its way
        admin.delete([left])
        refresh(consumer)
        # The embedded broker makes anew what it is asked for.
        wait_for(lambda: left not in admin.list())


@pytest.mark.broker("kafka", "kafka-sasl", "kafka-three")  # the embedded one makes a topic that is asked for
def test_a_topic_that_is_gone_is_asked_for_ever_more_rarely_and_a_new_one_is_heard_all_the_same(
    bus: Bus, settings: Settings
) -> None:
    gone, new = f"{settings.output_topic_prefix}.gone.v1", f"{settings.output_topic_prefix}.new.v1"
    answers: list[float] = []
    kafka_internals.on_refresh(bus.consumer._client, lambda: answers.append(time.monotonic()))
    bus.consumer.assign({bus.one: 0, gone: 0})
    wait_for(lambda: bus.consumer.poll(50) or (len(answers) > 1 and answers[-1] - answers[-2] > 1.0))
    assert len(answers) < 20
    bus.admin.create([new])
    bus.write(new, b"a")
    bus.consumer.assign({bus.one: 0, gone: 0, new: 0})
    assert bus.read(1) == [(new, 0, b"a")]
