"""Readers of the embedded broker rest while their topics are silent, and the bell wakes them."""

import threading
import time
from collections.abc import Iterator

import pytest

from cowboy.bus import consumer as consumers
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.bell import Bell
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.bus.reader import TopicReader
from cowboy.bus.topics import TopicNames
from cowboy.game.wire.messages import StepEvent
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


def test_a_reader_of_topics_that_were_silent_for_long_asks_once_a_second(
    reader: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = fetches(reader, monkeypatch)
    until_it_rests(reader)
    reader._heard_at -= 60.0
    read_for(reader, 1.0)  # the answer that was on its way
    answered.clear()
    read_for(reader, 4.0)
    assert 1 <= len(answered) <= 5


def until_it_rests(reader: Consumer) -> None:
    """And has asked the broker once more, which it does after it has begun to listen."""

    def rests() -> bool:
        assert reader.poll(50) == []
        return reader._bell is not None and reader._bell.is_listening

    wait_for(rests)
    reader.poll(50)


def never_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader at rest asks no more by itself."""
    monkeypatch.setattr(consumers, "SHORTEST_REST_SECONDS", 1000.0)
    monkeypatch.setattr(consumers, "LONGEST_REST_SECONDS", 1000.0)


def test_a_resting_reader_is_woken_by_who_writes(
    reader: Consumer, producer: Producer, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    until_it_rests(reader)
    never_ask(monkeypatch)
    producer.send(topic, "key", b"a").wait()
    (record,) = wait_for(lambda: reader.poll(50))
    assert record.value == b"a"
    monkeypatch.undo()
    until_it_rests(reader)
    never_ask(monkeypatch)
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
    assert not reader._bell.wait(reader._heeds, 0.1)
    bell.close()


def resting(reader: Consumer, monkeypatch: pytest.MonkeyPatch) -> threading.Thread:
    """A thread in a rest that would last for an hour."""
    until_it_rests(reader)
    never_ask(monkeypatch)
    thread = threading.Thread(target=lambda: reader.poll(50, rest_ms=3_600_000), daemon=True)
    thread.start()
    return thread


def rests_on(thread: threading.Thread, seconds: float = 1.0) -> bool:
    """Whether it rests for so long."""
    thread.join(seconds)
    return thread.is_alive()


def test_a_rest_lasts_as_long_as_its_caller_says_until_it_is_woken(
    reader: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = resting(reader, monkeypatch)
    assert rests_on(thread)
    reader.wake()
    assert not rests_on(thread, 30.0)
    assert reader._bell is not None
    assert reader._bell.is_listening  # its topics are as silent as before


def test_a_reader_of_no_topic_rests_until_it_is_woken(
    reader: Consumer, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.drop([topic])
    thread = resting(reader, monkeypatch)
    assert rests_on(thread)
    reader.wake()
    assert not rests_on(thread, 30.0)


def test_a_reader_that_heeds_all_games_is_woken_for_one_that_it_does_not_read(
    settings: Settings, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, bell = TopicNames.of(settings), Bell(settings)
    with TopicReader(settings, StepEvent, lambda *_: None, heeds_all=True) as reader:
        reader.follow({str(names.game_of_output(topic)): None})
        consumer = reader.connect()
        thread = resting(consumer, monkeypatch)
        bell.ring(names.input_of("new"))
        assert rests_on(thread)
        bell.ring(names.output_of("new"))
        assert not rests_on(thread, 30.0)
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
