"""A worker that cannot send to Kafka says so, and says so no more when it can again, without having to send."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cowboy.celery.dispatch import OpenTurn, dispatch
from cowboy.local.probes import instance_beats
from cowboy.local.supervisor import Supervisor, supervising
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.instances import Instances, queue_of
from cowboy.state.keys import Keys
from cowboy.state.processes import Processes
from tests.brokers import Brokers
from tests.integration.turns.desk import Desk
from tests.processes import running
from tests.queues import celery_on
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

WORKER = ("celery", "-A", "cowboy", "worker", "-Q", queue_of("i1"), "-n", "i1@%h", "--without-gossip")


@pytest.fixture
def brokers(new_brokers: Callable[[Path], Brokers], tmp_path: Path) -> Brokers:
    return new_brokers(tmp_path)


@pytest.fixture
def own(settings: Settings, brokers: Brokers) -> Settings:
    return Settings.model_validate({**settings.model_dump(), **brokers.settings, "heartbeat_seconds": 0.5})


@contextmanager
def stopped(brokers: Brokers, supervisor: Supervisor) -> Iterator[None]:
    pids = [pid for service in brokers.services if (pid := supervisor.pid(service.name))]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_a_worker_whose_broker_stands_still_is_mute_until_it_answers(
    own: Settings, brokers: Brokers, redis: Redis, tmp_path: Path
) -> None:
    instances = Instances(redis, Keys(own.key_prefix), own.dead_after_seconds)
    processes = Processes(redis, Keys(own.key_prefix), own.dead_after_seconds)
    with supervising(tmp_path) as supervisor:
        brokers.start(supervisor)
        with running(*WORKER, settings=own), celery_on(own):
            wait_for(lambda: instance_beats(own.redis_url, Keys(own.key_prefix), "i1", 1), 60)
            desk = Desk(own, redis)
            turn = desk.open_turn("g1")
            dispatch([OpenTurn(turn, "i1")])
            wait_for(lambda: desk.records("g1"), 60)
            assert instances.taking_bots() == {"i1"}
            turn = desk.open_turn("g2")
            with stopped(brokers, supervisor):
                dispatch([OpenTurn(turn, "i1")])
                wait_for(lambda: instances.taking_bots() == set(), 60)
                (sheet,) = [sheet for sheet in processes.live() if sheet.kind == "worker i1"]
                assert sheet.mute_since is not None
                assert "broker" in sheet.mute_why
            wait_for(lambda: instances.taking_bots() == {"i1"}, 60)


def test_a_worker_that_has_played_no_turn_knows_that_it_could_not_send(
    own: Settings, brokers: Brokers, redis: Redis, tmp_path: Path
) -> None:
    instances = Instances(redis, Keys(own.key_prefix), own.dead_after_seconds)
    with running(*WORKER, settings=own):
        wait_for(lambda: [instance.mute for instance in instances.live()] == [True], 60)
        with supervising(tmp_path) as supervisor:
            brokers.start(supervisor)
            wait_for(lambda: instances.taking_bots() == {"i1"}, 60)
