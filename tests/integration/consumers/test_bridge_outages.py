"""A bridge whose Redis or broker is killed goes on by itself. On servers of its own: nobody else loses theirs.

The bridge is a process here, as in production: kafka-python leaves sockets behind while no broker answers.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cowboy.bus.producer import Producer
from cowboy.local.ports import free_binds
from cowboy.local.probes import bridge_beats, broker_answers, redis_answers
from cowboy.local.servers import broker_service, redis_service
from cowboy.local.supervisor import Supervisor, supervising
from cowboy.settings import Bind, Settings
from cowboy.state.client import connect
from cowboy.state.keys import Keys
from tests.integration.consumers.rig import B, C, Rig
from tests.processes import running
from tests.tables import history
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture
def mortal(settings: Settings, tmp_path: Path) -> Iterator[tuple[Settings, Supervisor]]:
    """Settings for servers of the test's own, and what looks after these."""
    redis, broker = free_binds(2)
    changes = {"redis_url": f"redis://{redis}/0", "kafka_bootstrap_servers": str(broker), "broker_kind": "tansu"}
    with supervising(tmp_path) as supervisor:
        supervisor.start((redis_service(redis, tmp_path), broker_service(broker, tmp_path)))
        yield settings.model_copy(update=changes), supervisor


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


def test_the_bridge_goes_on_after_redis_was_killed(mortal: tuple[Settings, Supervisor]) -> None:
    settings, supervisor = mortal
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


def test_the_bridge_goes_on_after_the_broker_was_killed(mortal: tuple[Settings, Supervisor]) -> None:
    settings, supervisor = mortal
    events = history("g1", 2)
    with bridge_process(settings):
        with rig_on(settings) as rig:
            rig.begin("g1")
            rig.read_up_to("g1", rig.send("g1", *events[:2]))
        kill(supervisor, "broker")
        wait_for(lambda: broker_answers(Bind(settings.kafka_bootstrap_servers)))
        with rig_on(settings) as rig:
            rig.create("g1", "g2")
            rig.assign("g2")
            rig.send("g1", events[2])
            rig.send("g2", *history("g2", 1))
            wait_for(lambda: {("g1", C, 3), ("g2", B, 2)} <= set(rig.queued()), 60)
