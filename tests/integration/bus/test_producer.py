"""Writing to topics, on a real broker: sent means acknowledged."""

import threading
import time

import pytest

from cowboy.bus import kafka_internals
from cowboy.bus import producer as producers
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.errors import BusError
from cowboy.settings import Settings
from tests.waiting import wait_for

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
    monkeypatch.setattr(producers, "FRESH_SECONDS", 0.01)
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
        wait_for(lambda: not kafka_internals.asked_topics(producer._client))
        assert not kafka_internals.topics_with_batches(producer._client)
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


def test_topics_that_are_over_are_forgotten_though_nothing_is_written_any_more(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producers, "FRESH_SECONDS", 0.1)
    topics = [f"{settings.input_topic_prefix}.passing-{number}.v1" for number in range(3)]
    with Producer(settings) as producer, TopicAdmin(settings) as admin:
        admin.create(topics)
        for topic in topics:
            producer.send(topic, "key", b"x")
        wait_for(lambda: not kafka_internals.asked_topics(producer._client))
        assert not kafka_internals.topics_with_batches(producer._client)
        assert producer.send(topics[0], "key", b"y").wait() == 1


@pytest.mark.broker("kafka", "kafka-sasl", "kafka-three")  # the embedded one makes a topic that is asked for
def test_no_topic_that_is_not_there_holds_up_another(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producers, "UNKNOWN_SECONDS", 4.0)
    known = f"{settings.input_topic_prefix}.known.v1"
    absent = [f"{settings.input_topic_prefix}.absent-{number}.v1" for number in range(20)]
    ended: list[str] = []
    with Producer(settings) as producer, TopicAdmin(settings) as admin:
        admin.create([known])
        on_the_way = [
            producer.send(topic, "key", b"x", on_end=lambda sent: ended.append(sent.topic)) for topic in absent
        ]
        assert producer.send(known, "key", b"x", on_end=lambda sent: ended.append(sent.topic)).wait() == 0
        for sent in on_the_way:
            with pytest.raises(BusError, match="the topic is not there"):
                sent.wait()
        assert producer.trouble is None
    assert ended[0] == known
    assert sorted(ended[1:]) == sorted(absent)


def test_a_topic_that_is_made_while_a_message_waits_for_it_gets_the_message(settings: Settings) -> None:
    topic = f"{settings.input_topic_prefix}.late.v1"
    with Producer(settings) as producer, TopicAdmin(settings) as admin:
        sent = [producer.send(topic, "key", b"%d" % number) for number in range(3)]
        admin.create([topic])
        assert [message.wait() for message in sent] == [0, 1, 2]


@pytest.mark.broker("kafka", "kafka-sasl", "kafka-three")
def test_a_topic_that_is_gone_is_asked_for_no_more(settings: Settings) -> None:
    topic = f"{settings.input_topic_prefix}.gone.v1"
    answers: list[float] = []
    with Producer(settings) as producer, TopicAdmin(settings) as admin:
        kafka_internals.on_refresh(producer._client, lambda: answers.append(time.monotonic()))
        admin.create([topic])
        producer.send(topic, "key", b"a").wait()
        admin.delete([topic])
        wait_for(lambda: topic not in admin.list())
        answers.clear()
        with pytest.raises(BusError, match="UnknownTopic"):
            producer.send(topic, "key", b"b").wait()
        wait_for(lambda: not kafka_internals.asked_topics(producer._client))
        wait_for(lambda: kafka_internals.seconds_to_refresh(producer._client) > 60)
        assert len(answers) < 20, "it was asked for without a pause"


def test_a_topic_that_is_expected_is_known_before_its_first_message(settings: Settings) -> None:
    """Though this producer is at rest, and would ask for its topics next in five minutes."""
    topic = f"{settings.input_topic_prefix}.expected.v1"
    with Producer(settings) as producer, TopicAdmin(settings) as admin:
        admin.create([topic])
        wait_for(lambda: kafka_internals.seconds_to_refresh(producer._client) > 60)
        producer.expect(topic)
        wait_for(lambda: kafka_internals.knows_topic(producer._client, topic))
        assert producer.send(topic, "key", b"a").wait() == 0


def test_a_topic_that_is_expected_in_vain_is_asked_for_no_more(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producers, "FRESH_SECONDS", 0.01)
    monkeypatch.setattr(producers, "UNKNOWN_SECONDS", 0.01)
    topic = f"{settings.input_topic_prefix}.expected-in-vain.v1"
    with Producer(settings) as producer:
        producer.expect(topic)
        wait_for(lambda: topic not in kafka_internals.asked_topics(producer._client))
