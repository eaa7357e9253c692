"""Writing to topics, on a real broker: sent means acknowledged."""

import threading

import pytest

from cowboy.bus import kafka_internals
from cowboy.bus import producer as producers
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.errors import BusError
from cowboy.settings import Settings

pytestmark = pytest.mark.integration


def test_writing_to_a_topic_that_is_not_there_creates_it_only_on_the_embedded_broker(settings: Settings) -> None:
    topic = f"{settings.input_topic_prefix}.absent.v1"
    with Producer(settings) as producer, TopicAdmin(settings) as admin:
        if settings.broker_kind == "tansu":  # creates topics by itself, whatever a client asks for
            assert producer.send(topic, "key", b"a").wait() == 0
            return
        with pytest.raises(BusError, match=topic):
            producer.send(topic, "key", b"a").wait()
        assert topic not in admin.list()


def test_a_message_larger_than_the_readers_take_is_refused(settings: Settings) -> None:
    topic = f"{settings.input_topic_prefix}.g.v1"
    with Producer(settings) as producer, TopicAdmin(settings) as admin:
        admin.create([topic])
        with pytest.raises(BusError, match="MessageSizeTooLarge"):
            producer.send(topic, "key", b"x" * settings.max_message_bytes).wait()
        assert producer.send(topic, "key", b"x" * (settings.max_message_bytes // 2)).wait() == 0


def test_a_producer_forgets_topics_that_are_over_and_keeps_every_topics_order(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producers, "FRESH_SECONDS", 0.0)
    lasting = [f"{settings.input_topic_prefix}.lasting-{number}.v1" for number in range(3)]
    passing = [f"{settings.input_topic_prefix}.passing-{number}.v1" for number in range(24)]
    with Producer(settings) as producer, TopicAdmin(settings) as admin:
        admin.create([*lasting, *passing])

        def write(topic: str) -> None:
            sent = [producer.send(topic, "key", b"%d" % number) for number in range(200)]
            for message in sent:
                message.wait()

        writers = [threading.Thread(target=write, args=(topic,)) for topic in lasting]
        for writer in writers:
            writer.start()
        for topic in passing:
            producer.send(topic, "key", b"x").wait()
        for writer in writers:
            writer.join()
        producer.send(lasting[0], "key", b"last").wait()
        assert not kafka_internals.topics_with_batches(producer._client)
        assert len(kafka_internals.asked_topics(producer._client)) <= 1 + len(lasting)
    read: dict[str, list[bytes | None]] = {topic: [] for topic in lasting}
    with Consumer(settings) as consumer:
        consumer.assign(dict.fromkeys(lasting))
        while sum(map(len, read.values())) < 3 * 200 + 1:
            records = consumer.poll(2_000)
            assert records, "messages are missing"
            for record in records:
                read[record.topic].append(record.value)
    read[lasting[0]].pop()
    assert all(values == [b"%d" % number for number in range(200)] for values in read.values())


def test_topics_that_are_over_are_forgotten_though_nobody_waited_for_their_messages(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producers, "FRESH_SECONDS", 0.0)
    topics = [f"{settings.input_topic_prefix}.passing-{number}.v1" for number in range(3)]
    with Producer(settings) as producer, TopicAdmin(settings) as admin:
        for topic in topics:
            admin.create([topic])
            producer.send(topic, "key", b"x")._future.get(timeout=30)  # `wait` would forget at once

        # A batch of a topic that it no longer knows would have the client ask for all others again and again.
        assert kafka_internals.topics_with_batches(producer._client) == {topics[-1]}
