"""Writing to topics, on a real broker: sent means acknowledged."""

import pytest

from cowboy.bus.admin import TopicAdmin
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
