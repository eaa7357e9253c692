"""The private parts of kafka-python that we reach into are where we think they are, and do what we think they do."""

import threading
from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from cowboy.bus import kafka_internals
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.client import client_options
from cowboy.settings import Settings

pytestmark = pytest.mark.integration


@pytest.fixture
def topic(settings: Settings) -> Iterator[str]:
    name = f"{settings.input_topic_prefix}.g.v1"
    with TopicAdmin(settings) as admin:
        admin.create([name])
        yield name
        admin.delete([name])


@pytest.fixture
def producer(settings: Settings) -> Iterator[KafkaProducer]:
    with KafkaProducer(**client_options(settings)) as client:
        yield client


@pytest.fixture
def consumer(settings: Settings) -> Iterator[KafkaConsumer]:
    client = KafkaConsumer(**client_options(settings), group_id=None)
    yield client
    client.close()


def test_a_producer_asks_for_the_topics_it_wrote_to_until_told_otherwise(producer: KafkaProducer, topic: str) -> None:
    producer.send(topic, b"a").get(timeout=30)
    assert kafka_internals.asked_topics(producer) == {topic}
    kafka_internals.ask_for_topics(producer, ())
    assert kafka_internals.asked_topics(producer) == set()
    assert kafka_internals.wait_for_broker(producer, 30)


def test_a_producer_keeps_a_queue_for_each_topic_until_told_otherwise(producer: KafkaProducer, topic: str) -> None:
    producer.send(topic, b"a").get(timeout=30)
    assert kafka_internals.topics_with_batches(producer) == {topic}
    kafka_internals.forget_empty_batches(producer, topic)
    assert kafka_internals.topics_with_batches(producer) == set()
    assert producer.send(topic, b"b").get(timeout=30).offset == 1


@pytest.mark.parametrize("wish", [True, False])
def test_whether_asking_makes_a_topic_is_ours_to_say(producer: KafkaProducer, wish: bool) -> None:
    kafka_internals.prepare(producer, creates_topics=wish)
    assert producer._metadata.metadata_request().allow_auto_topic_creation is wish


def test_a_client_that_is_prepared_gives_up_a_connection_sooner(consumer: KafkaConsumer) -> None:
    kafka_internals.prepare(consumer, creates_topics=False)
    assert consumer._manager.socket_connection_setup_timeout_ms(0) == kafka_internals.CONNECT_MS


def test_a_client_tells_of_each_refresh(consumer: KafkaConsumer) -> None:
    told = threading.Event()
    kafka_internals.on_refresh(consumer, told.set)
    kafka_internals.hurry(consumer)
    assert told.wait(30)
    assert kafka_internals.seconds_since_refresh(consumer) < 30
    assert kafka_internals.seconds_to_refresh(consumer) >= 0
    assert kafka_internals.forbidden_topics(consumer) == set()


def test_a_client_finds_its_brokers_by_the_addresses_it_was_given(consumer: KafkaConsumer) -> None:
    told = threading.Event()
    kafka_internals.on_refresh(consumer, told.set)
    consumer._manager.cluster._brokers.clear()
    kafka_internals.bootstrap_again(consumer, 30)
    assert told.wait(30)
    assert consumer._manager.cluster.brokers()


def test_a_consumer_asks_for_the_topics_it_is_told_to(consumer: KafkaConsumer, topic: str) -> None:
    kafka_internals.ask_for_topics(consumer, [topic])
    assert kafka_internals.wait_for_broker(consumer, 30)
    assert consumer.partitions_for_topic(topic) == {0}


def test_a_position_is_told_as_the_library_tells_it(consumer: KafkaConsumer, topic: str) -> None:
    partition = TopicPartition(topic, 0)
    assert kafka_internals.position(consumer, topic) is None
    consumer.assign([partition])
    consumer.seek(partition, 3)
    assert kafka_internals.position(consumer, topic) == consumer.position(partition) == 3


def test_a_consumer_fetches_with_the_wait_it_is_told(consumer: KafkaConsumer) -> None:
    kafka_internals.set_fetch_wait(consumer, 7)
    assert kafka_internals.fetch_wait(consumer) == 7


def test_an_assignment_is_changed_as_if_all_of_it_were_set_anew(consumer: KafkaConsumer, topic: str) -> None:
    first, second = TopicPartition(topic, 0), TopicPartition(f"{topic}.2", 0)
    consumer.assign([first])
    consumer.seek(first, 3)
    kafka_internals.change_assignment(consumer, {second.topic: 7}, ())
    assert consumer.assignment() == {first, second}
    assert (consumer.position(first), consumer.position(second)) == (3, 7)
    kafka_internals.change_assignment(consumer, {}, [first.topic])
    assert consumer.assignment() == {second}
    state = consumer._subscription
    consumer.assign([second])
    assert (state._user_assignment, consumer.position(second)) == ({second}, 7)
