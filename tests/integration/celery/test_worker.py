"""Real worker processes: they play turns once, and say that they live."""

import base64
import json
import os
import signal
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cowboy.celery.application import app
from cowboy.game.identity import command_id
from cowboy.local.ports import free_binds
from cowboy.local.probes import redis_answers
from cowboy.local.servers import redis_service
from cowboy.local.supervisor import supervising
from cowboy.settings import Settings, environment_name
from cowboy.state.client import Redis, connect
from cowboy.state.instances import Instance, Instances
from cowboy.state.keys import Keys
from cowboy.tasks import decide_command
from tests.integration.turns.desk import ME, OTHER, Desk
from tests.processes import running
from tests.queues import celery_on, messages
from tests.waiting import wait_for
from tests.workers import celery, worker

pytestmark = pytest.mark.integration

SECRET = "a-secret-that-stays-where-it-is"


@pytest.fixture(scope="module")
def settings(redis_url: str, broker_settings: Mapping[str, Any]) -> Settings:
    """One for the module: its workers stay while its tests come and go."""
    mine = f"t{uuid.uuid4().hex[:12]}"
    with pytest.MonkeyPatch.context() as patch:
        for field in Settings.model_fields:
            patch.delenv(environment_name(field), raising=False)
        return Settings(
            redis_url=redis_url,
            **broker_settings,
            key_prefix=f"{mine}:",
            input_topic_prefix=f"{mine}.commands",
            output_topic_prefix=f"{mine}.output",
            manager_token=SECRET,
        )


@pytest.fixture(scope="module")
def redis(settings: Settings) -> Iterator[Redis]:
    with connect(settings) as client:
        yield client
        for key in client.scan_iter(f"{settings.key_prefix}*"):
            client.delete(key)


@pytest.fixture(scope="module")
def desk(settings: Settings, redis: Redis) -> Iterator[Desk]:
    """With two workers, i1 and i2, at work."""
    with ExitStack() as stack:
        for instance in ("i1", "i2"):
            stack.enter_context(worker(settings, instance))
        stack.enter_context(celery_on(settings))
        yield Desk(settings, redis)


def test_a_worker_plays_the_turn_it_is_given(desk: Desk) -> None:
    turn = desk.open_turn("g1")
    decide_command.apply_async(args=tuple(turn), queue="bots.i1")
    wait_for(lambda: desk.records("g1"))
    (command,) = desk.commands("g1")
    assert command.command_id == command_id(*turn)


def test_a_turn_given_to_two_workers_many_times_becomes_one_command(desk: Desk, redis: Redis) -> None:
    turns = [desk.open_turn(f"twice{number}") for number in range(5)]
    for turn in turns:
        for queue in ("bots.i1", "bots.i2") * 3:
            decide_command.apply_async(args=tuple(turn), queue=queue)
    wait_for(lambda: not any(messages(desk.settings, redis, instance) for instance in ("i1", "i2")))
    wait_for(lambda: all(desk.records(turn.game_id) for turn in turns))
    for turn in turns:
        assert [command.command_id for command in desk.commands(turn.game_id)] == [command_id(*turn)]


def test_a_turn_ordered_from_the_shell_goes_to_the_instance_that_hosts_the_bot(desk: Desk) -> None:
    desk.open_turn("shell", instance="i2")
    done = celery(desk.settings, "call", "cowboy.tasks.decide_command", "--args", json.dumps(["shell", ME, 1]))
    assert done.returncode == 0, done.stderr
    wait_for(lambda: desk.records("shell"))
    assert len(desk.commands("shell")) == 1


def test_a_turn_ordered_for_an_empty_seat_is_refused_with_a_reason(desk: Desk) -> None:
    done = celery(desk.settings, "call", "cowboy.tasks.decide_command", "--args", json.dumps(["nobody", OTHER, 1]))
    assert done.returncode != 0
    assert f"no bot sits on seat {OTHER} of game nobody" in done.stderr


def test_a_worker_consumes_the_queue_of_its_instance_and_no_other(desk: Desk) -> None:
    hosts = [f"{instance}@{socket.gethostname()}" for instance in ("i1", "i2")]
    done = celery(desk.settings, "inspect", "active_queues", "--json", "--timeout", "30", "-d", ",".join(hosts))
    queues = {host: [queue["name"] for queue in held] for host, held in json.loads(done.stdout).items()}
    assert queues == dict(zip(hosts, (["bots.i1"], ["bots.i2"]), strict=True))


def test_an_instance_says_what_it_is(desk: Desk, redis: Redis) -> None:
    first, second = live(desk.settings, redis)
    assert (first.name, second.name) == ("i1", "i2")
    assert (first.capacity, first.concurrency) == (
        desk.settings.bots_per_instance_capacity,
        desk.settings.worker_threads,
    )
    assert first.pid != second.pid


def test_a_task_names_its_turn_and_carries_no_secret(desk: Desk, settings: Settings, redis: Redis) -> None:
    decide_command.apply_async(args=("g9", ME, 1), queue="bots.unread")
    (message,) = messages(settings, redis, "unread")
    body = base64.b64decode(message["body"]).decode()
    assert json.loads(body)[:2] == [["g9", ME, 1], {}]
    assert SECRET not in body + json.dumps(message)


def test_a_task_that_is_done_leaves_no_result_behind(desk: Desk, settings: Settings, redis: Redis) -> None:
    decide_command.apply_async(args=tuple(desk.open_turn("quiet")), queue="bots.i1")
    wait_for(lambda: desk.records("quiet"))
    assert not [key for key in redis.scan_iter(f"{settings.key_prefix}*") if "task-meta" in key]


def test_a_worker_that_is_asked_to_stop_deregisters_first(settings: Settings, redis: Redis) -> None:
    with worker(settings, "leaving"):
        assert "leaving" in [instance.name for instance in live(settings, redis)]
    assert "leaving" not in [instance.name for instance in live(settings, redis)]


def live(settings: Settings, redis: Redis) -> list[Instance]:
    return Instances(redis, Keys(settings.key_prefix), settings.dead_after_seconds).live()


def test_a_worker_without_a_bots_queue_is_no_instance(desk: Desk, settings: Settings, redis: Redis) -> None:
    host = f"other@{socket.gethostname()}"
    with running("celery", "-A", "cowboy", "worker", "-Q", "other", "-n", host, settings=settings):
        wait_for(lambda: app.control.inspect([host], timeout=1).ping(), 60)
        assert [instance.name for instance in live(settings, redis)] == ["i1", "i2"]


def test_a_worker_goes_on_after_redis_was_killed(settings: Settings, tmp_path: Path) -> None:
    (bind,) = free_binds(1)
    own = settings.model_copy(update={"redis_url": f"redis://{bind}/0", "heartbeat_seconds": 0.2})
    with supervising(tmp_path) as supervisor, connect(own) as redis:
        supervisor.start((redis_service(bind, tmp_path),))
        with worker(own, "i1"), celery_on(own):
            before = supervisor.pid("redis")
            os.kill(before, signal.SIGKILL)
            supervisor.watch(until=lambda: supervisor.pid("redis") != before and redis_answers(own.redis_url))
            redis.delete(Keys(own.key_prefix).instance_beats)
            wait_for(lambda: live(own, redis), 60)
            desk = Desk(own, redis)
            decide_command.apply_async(args=tuple(desk.open_turn("after")), queue="bots.i1")
            wait_for(lambda: desk.records("after"), 60)
