"""The embedded servers are the real things."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from redis import Redis

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.client import client_options
from cowboy.bus.probe import check_brokers
from cowboy.local.environment import redis_bind
from cowboy.local.ports import free_binds
from cowboy.local.probes import redis_answers
from cowboy.local.servers import redis_service
from cowboy.local.supervisor import supervising
from cowboy.settings import Bind, Settings
from tests.brokers import Brokers
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


def test_redis_keeps_every_write_and_never_drops_a_key(tmp_path: Path) -> None:
    (bind,) = free_binds(1)
    with supervising(tmp_path) as supervisor:
        supervisor.start((redis_service(bind, tmp_path),))
        with Redis(host=bind.host, port=bind.port, decode_responses=True) as redis:
            settings = redis.config_get("*")

    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "no"  # the only policy but "always" that writes before it answers
    assert (settings["auto-aof-rewrite-min-size"], settings["auto-aof-rewrite-percentage"]) == (str(8 << 20), "50")
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["bind"] == "127.0.0.1"
    assert settings["protected-mode"] == "yes"
    assert settings["save"] == ""


def test_redis_has_its_data_again_after_a_restart(tmp_path: Path) -> None:
    (bind,) = free_binds(1)
    for expected in (None, b"here"):
        with supervising(tmp_path) as supervisor, Redis(host=bind.host, port=bind.port) as redis:
            supervisor.start((redis_service(bind, tmp_path),))
            assert redis.get("before") == expected
            redis.set("before", "here")


def test_a_killed_redis_comes_back_with_its_data(tmp_path: Path) -> None:
    (bind,) = free_binds(1)
    with supervising(tmp_path) as supervisor:
        supervisor.start((redis_service(bind, tmp_path),))
        with Redis(host=bind.host, port=bind.port) as redis:
            redis.set("before", "here")
            wait_for(lambda: redis.info("persistence")["aof_pending_bio_fsync"] == 0)
        first = supervisor.pid("redis")

        os.kill(first, signal.SIGKILL)
        supervisor.watch(until=lambda: supervisor.pid("redis") != first and redis_answers(f"redis://{bind}/0"))

        with Redis(host=bind.host, port=bind.port) as redis:
            assert redis.get("before") == b"here"


def test_what_is_produced_to_the_broker_can_be_consumed(settings: Settings) -> None:
    topic = f"{settings.output_topic_prefix}.game.v1"
    with TopicAdmin(settings) as admin:
        admin.create([topic])
    producer = KafkaProducer(**client_options(settings))
    producer.send(topic, b"hello").get(timeout=30)
    producer.close()

    consumer = KafkaConsumer(topic, **client_options(settings), auto_offset_reset="earliest")
    try:
        records = wait_for(lambda: consumer.poll(timeout_ms=1000))
    finally:
        consumer.close()
    assert [record.value for batch in records.values() for record in batch] == [b"hello"]


def test_a_killed_broker_comes_back(new_brokers: Callable[[Path], Brokers], tmp_path: Path) -> None:
    brokers = new_brokers(tmp_path)
    with supervising(tmp_path) as supervisor:
        brokers.start(supervisor)

        brokers.kill(supervisor)


def test_the_fixtures_give_a_redis_and_a_broker_that_answer(settings: Settings) -> None:
    assert redis_answers(settings.redis_url)
    check_brokers(settings, 5.0)


def test_redis_can_be_had_on_ipv6(settings: Settings, tmp_path: Path) -> None:
    bind = Bind.of("::1", free_binds(1)[0].port)
    assert redis_bind(settings.model_copy(update={"redis_url": f"redis://{bind}/0", "redis_password": None})) == bind
    with supervising(tmp_path) as supervisor:
        supervisor.start((redis_service(bind, tmp_path),))
        assert redis_answers(f"redis://{bind}/0")
