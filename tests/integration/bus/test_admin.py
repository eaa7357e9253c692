"""Making and deleting topics, on a real broker: everything can be repeated."""

from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import NodeNotReadyError

from cowboy.bus.admin import INDEX_EVERY_BYTES, TopicAdmin
from cowboy.bus.client import client_options
from cowboy.errors import BusError
from cowboy.settings import Settings
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


def test_a_topic_is_made_once_and_deleted_once_however_often_one_asks(settings: Settings) -> None:
    topic = f"{settings.input_topic_prefix}.g.v1"
    with TopicAdmin(settings) as admin:
        admin.delete([topic])
        for _ in range(2):
            admin.create([topic])
            # Of several nodes one may tell it a moment later than another.
            wait_for(lambda: topic in admin.list())
        for _ in range(2):
            admin.delete([topic])
            wait_for(lambda: topic not in admin.list())


def test_topics_are_made_where_the_controller_is_one_that_the_client_has_not_heard_of(settings: Settings) -> None:
    """As just after an outage, when one broker came back later than the others."""
    topic = f"{settings.input_topic_prefix}.g.v1"
    with TopicAdmin(settings) as admin:
        for request in (admin.create, admin.check, admin.delete):
            admin._client._controller_id = 99
            request([topic])


def test_a_request_is_made_again_whose_broker_is_not_connected_yet(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Any] = [NodeNotReadyError("node 1"), {"topics": []}]

    def answering(*_: object, **__: object) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(KafkaAdminClient, "delete_topics", answering)
    with TopicAdmin(settings) as admin:
        admin.delete(["a"])
    assert not answers


def test_topics_are_made_whose_leader_the_client_has_not_heard_of(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As just after an outage, when the leader of a new topic came back later than the others."""
    topic = f"{settings.input_topic_prefix}.g.v1"
    with TopicAdmin(settings) as admin:
        make, manager = admin._make, admin._client._manager

        def make_and_know_no_broker(topics: list[str]) -> None:
            make(topics)
            for connection in list(manager._conns.values()):
                connection.close()
            wait_for(lambda: not manager._conns)
            manager.cluster._brokers = {}

        monkeypatch.setattr(admin, "_make", make_and_know_no_broker)
        admin.create([topic])


def test_a_controller_that_is_none_any_more_is_an_error_of_the_bus(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*_: object, **__: object) -> None:
        raise RuntimeError("Failed to find active controller id!")

    monkeypatch.setattr(KafkaAdminClient, "delete_topics", refusing)
    with TopicAdmin(settings) as admin, pytest.raises(BusError, match="deleting topics a: the broker fails"):
        admin.delete(["a"])


def test_whether_a_topic_could_be_made_can_be_asked_again_whatever_the_settings_say_of_the_broker(
    settings: Settings,
) -> None:
    with TopicAdmin(settings.model_copy(update={"broker_kind": "kafka"})) as admin:
        for _ in range(2):
            admin.check([f"{settings.input_topic_prefix}.doctor.v1"])


def index_interval(settings: Settings, topic: str) -> int:
    client = KafkaAdminClient(**client_options(settings))
    try:
        described: Any = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    finally:
        client.close()
    return int(described["topic"][topic]["index.interval.bytes"]["value"])


def test_a_topic_has_no_entry_in_an_index_after_a_few_turns(settings: Settings) -> None:
    if settings.broker_kind != "kafka":
        pytest.skip("the embedded broker has no index")
    topic = f"{settings.input_topic_prefix}.g.v1"
    with TopicAdmin(settings) as admin:
        admin.create([topic])
    assert index_interval(settings, topic) == INDEX_EVERY_BYTES


@pytest.mark.parametrize("code", [40, 44], ids=["InvalidConfiguration", "PolicyViolation"])
def test_where_a_cluster_lets_nobody_set_that_a_topic_is_made_all_the_same(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    create_topics = KafkaAdminClient.create_topics

    def refusing(client: KafkaAdminClient, topics: list[Any], **options: Any) -> Any:
        if any("index.interval.bytes" in topic.topic_configs for topic in topics):
            return {"topics": [{"name": topic.name, "error_code": code} for topic in topics]}
        return create_topics(client, topics, **options)

    monkeypatch.setattr(KafkaAdminClient, "create_topics", refusing)
    topic = f"{settings.input_topic_prefix}.g.v1"
    with TopicAdmin(settings.model_copy(update={"broker_kind": "kafka"})) as admin:
        admin.check([topic])
        admin.create([topic])
        wait_for(lambda: topic in admin.list())
