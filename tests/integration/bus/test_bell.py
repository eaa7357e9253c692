"""Readers of the embedded broker rest while their topics are silent, and the bell wakes them."""

import time
from collections.abc import Iterator

import pytest

from cowboy.bus import consumer as consumers
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.bell import Bell
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.broker("tansu")]


@pytest.fixture
def topic(settings: Settings) -> str:
    name = f"{settings.output_topic_prefix}.g.v1"
    with TopicAdmin(settings) as admin:
        admin.create([name])
    return name


@pytest.fixture
def reader(settings: Settings, topic: str) -> Iterator[Consumer]:
    with Consumer(settings) as consumer:
        consumer.assign({topic: None})
        yield consumer


@pytest.fixture
def producer(settings: Settings) -> Iterator[Producer]:
    with Producer(settings) as made:
        yield made


def fetches(reader: Consumer, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Gets an entry with each answer to a fetch of the reader's."""
    answered: list[int] = []
    fetcher = reader._client._fetcher
    take_in = fetcher._handle_fetch_response

    def count(*args: object) -> None:
        answered.append(1)
        take_in(*args)

    monkeypatch.setattr(fetcher, "_handle_fetch_response", count)
    return answered


def read_for(reader: Consumer, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert reader.poll(50) == []


def test_a_reader_of_silent_topics_asks_the_broker_a_few_times_a_second(
    reader: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = fetches(reader, monkeypatch)
    wait_for(lambda: reader.poll(50) or answered)
    read_for(reader, 3.0)  # until it rests
    answered.clear()
    read_for(reader, 3.0)
    assert 1 <= len(answered) <= 30


def until_it_rests(reader: Consumer) -> None:
    """And has asked the broker once more, which it does after it has begun to listen."""

    def rests() -> bool:
        assert reader.poll(50) == []
        return reader._bell is not None and reader._bell.is_listening

    wait_for(rests)
    reader.poll(50)


def test_a_resting_reader_is_woken_by_who_writes(
    reader: Consumer, producer: Producer, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    until_it_rests(reader)
    monkeypatch.setattr(consumers, "REST_SECONDS", 1000.0)  # by itself it does not ask any more
    producer.send(topic, "key", b"a").wait()
    (record,) = wait_for(lambda: reader.poll(50))
    assert record.value == b"a"
    monkeypatch.undo()
    until_it_rests(reader)
    monkeypatch.setattr(consumers, "REST_SECONDS", 1000.0)
    producer.send(topic, "key", b"b").wait()
    (record,) = wait_for(lambda: reader.poll(50))
    assert record.value == b"b"


def test_a_resting_reader_hears_what_nobody_has_rung_for(
    reader: Consumer, producer: Producer, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bell, "ring", lambda _bell, _topic: None)
    until_it_rests(reader)
    producer.send(topic, "key", b"a").wait()
    (record,) = wait_for(lambda: reader.poll(50))
    assert record.value == b"a"


def test_a_reader_is_not_woken_for_the_topics_of_others(reader: Consumer, settings: Settings) -> None:
    until_it_rests(reader)
    assert reader._bell is not None
    bell = Bell(settings)
    bell.ring("another")
    assert not reader._bell.wait(reader.topics, 0.1)
    bell.close()


def test_without_redis_topics_are_read_and_written_as_ever(settings: Settings, topic: str) -> None:
    alone = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    with Consumer(alone) as reader, Producer(alone) as producer:
        reader.assign({topic: None})
        read_for(reader, consumers.SILENT_SECONDS + 0.5)
        producer.send(topic, "key", b"a").wait()
        (record,) = wait_for(lambda: reader.poll(50))
        assert record.value == b"a"


def test_only_the_first_message_after_a_silence_rings(
    producer: Producer, topic: str, settings: Settings, redis: Redis
) -> None:
    with redis.pubsub() as ear:
        ear.subscribe(Keys(settings.key_prefix).bell)
        wait_for(lambda: ear.get_message(timeout=1))
        for sent in [producer.send(topic, "key", b"a") for _ in range(20)]:
            sent.wait()
        heard: list[object] = []

        def hears(what: str) -> bool:
            heard.append((ear.get_message(timeout=1) or {}).get("data"))
            return what in heard

        wait_for(lambda: hears(topic))
        bell = Bell(settings)
        bell.ring("last")
        wait_for(lambda: hears("last"))
        bell.close()
        assert heard.count(topic) == 1
