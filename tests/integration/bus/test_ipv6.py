"""Apache Kafka on an IPv6 address: our clients and the doctor reach it there, by the address that it tells itself."""

from pathlib import Path

import pytest

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.local.doctor import Health, examine
from cowboy.local.environment import environment_of
from cowboy.local.kafka import kafka_services, new_node
from cowboy.local.ports import free_binds
from cowboy.local.supervisor import supervising
from cowboy.settings import Bind, Settings
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120), pytest.mark.broker("kafka")]


def test_all_clients_and_the_doctor_reach_a_broker_on_ipv6(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bind = Bind.of("::1", free_binds(1)[0].port)
    own = settings.model_copy(update={"kafka_bootstrap_servers": str(bind), "broker_kind": "kafka"})
    topic = f"{own.input_topic_prefix}.g.v1"
    with supervising(tmp_path) as supervisor:
        supervisor.start(kafka_services([new_node(bind)], tmp_path))
        with TopicAdmin(own) as admin, Producer(own) as producer, Consumer(own) as consumer:
            admin.create([topic])
            producer.send(topic, "key", b"a").wait()
            consumer.assign({topic: 0})
            assert wait_for(lambda: consumer.poll(50))[0].value == b"a"
        for name, value in environment_of(own).items():
            monkeypatch.setenv(name, value)
        (broker,) = [finding for finding in examine() if finding.subject == "broker"]
        assert (broker.health, broker.saw) == (Health.GOOD, f"{bind} answers")
