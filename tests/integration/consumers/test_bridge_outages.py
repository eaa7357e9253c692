"""A bridge whose Redis or broker is killed goes on by itself. On servers of its own: nobody else loses theirs.

The bridge is a process here, as in production: kafka-python leaves sockets behind while no broker answers.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cowboy.bus.producer import Producer
from cowboy.local.ports import free_binds
from cowboy.local.probes import bridge_beats, redis_answers
from cowboy.local.servers import redis_service
from cowboy.local.supervisor import Supervisor, supervising
from cowboy.settings import Settings
from cowboy.state.client import connect
from cowboy.state.keys import Keys
from tests.brokers import Brokers
from tests.integration.consumers.rig import B, C, Rig
from tests.processes import running
from tests.tables import history
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture
def mortal(
    settings: Settings, new_brokers: Callable[[Path], Brokers], tmp_path: Path
) -> Iterator[tuple[Settings, Supervisor, Brokers]]:
    """Settings for servers of the test's own, what looks after these, and the brokers."""
    (redis,) = free_binds(1)
    brokers = new_brokers(tmp_path)
    with supervising(tmp_path) as supervisor:
        supervisor.start((redis_service(redis, tmp_path),))
        brokers.start(supervisor)
        own = {"redis_url": f"redis://{redis}/0", **brokers.settings}
        yield settings.model_copy(update=own), supervisor, brokers


def kill(supervisor: Supervisor, name: str) -> None:
    """As kill -9 would, and until its successor runs."""
    before = supervisor.pid(name)
    os.kill(before, signal.SIGKILL)
    supervisor.watch(until=lambda: supervisor.pid(name) not in {before, None})


@contextmanager
def rig_on(settings: Settings) -> Iterator[Rig]:
    with connect(settings) as redis, Producer(settings) as producer:
        yield Rig(settings, redis, producer)


@contextmanager
def bridge_process(settings: Settings) -> Iterator[None]:
    with running("cowboy", "bridge", settings=settings):
        wait_for(lambda: bridge_beats(settings.redis_url, Keys(settings.key_prefix), 0))
        yield


def test_the_bridge_goes_on_after_redis_was_killed(mortal: tuple[Settings, Supervisor, Brokers]) -> None:
    settings, supervisor, _ = mortal
    events = history("g1", 2)
    with rig_on(settings) as rig:
        rig.begin("g1")
        with bridge_process(settings):
            rig.read_up_to("g1", rig.send("g1", *events[:2]))
            wait_for(lambda: rig.redis.info("persistence")["aof_pending_bio_fsync"] == 0)
            kill(supervisor, "redis")
            wait_for(lambda: redis_answers(settings.redis_url))
            rig.send("g1", events[2])
            wait_for(lambda: ("g1", C, 3) in rig.queued())


def test_the_bridge_goes_on_after_the_broker_was_killed(mortal: tuple[Settings, Supervisor, Brokers]) -> None:
    settings, supervisor, brokers = mortal
    events = history("g1", 2)
    with bridge_process(settings):
        with rig_on(settings) as rig:
            rig.begin("g1")
            rig.read_up_to("g1", rig.send("g1", *events[:2]))
        brokers.kill(supervisor)
        with rig_on(settings) as rig:
            rig.create("g1", "g2")
            rig.assign("g2")
            rig.send("g1", events[2])
            rig.send("g2", *history("g2", 1))
            wait_for(lambda: {("g1", C, 3), ("g2", B, 2)} <= set(rig.queued()), 60)
