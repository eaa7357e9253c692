"""A Redis that lives and refuses: to a worker it is one that is away, and no process has to be started anew for it."""

import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from cowboy.local.ports import free_binds
from cowboy.local.servers import redis_service
from cowboy.local.supervisor import supervising
from cowboy.settings import Settings
from cowboy.state.client import Redis, connect
from cowboy.state.instances import Instances, queue_of
from cowboy.state.keys import Keys
from cowboy.state.refusals import PASSING
from cowboy.tasks import decide_command
from tests.integration.turns.desk import Desk
from tests.queues import celery_on
from tests.refusing import gate_to
from tests.troubles import TROUBLES, Trouble, troubles
from tests.waiting import wait_for
from tests.workers import worker

pytestmark = [pytest.mark.integration, pytest.mark.any_broker, pytest.mark.timeout(300)]

TROUBLED_SECONDS = 4.0
"""A worker asks its queue for more every second."""


@dataclass
class House:
    """A worker, i1, on a Redis of its own."""

    settings: Settings
    redis: Redis
    folder: Path
    desk: Desk

    def plays_a_turn(self) -> None:
        turn = self.desk.open_turn(f"g{uuid.uuid4().hex}")
        decide_command.apply_async(args=tuple(turn), queue=queue_of("i1"))
        wait_for(lambda: self.desk.records(turn.game_id), 60)

    def incarnations(self) -> list[str]:
        instances = Instances(self.redis, Keys(self.settings.key_prefix), self.settings.dead_after_seconds)
        return [instance.incarnation for instance in instances.live()]


@pytest.fixture
def house(settings: Settings, tmp_path: Path) -> Iterator[House]:
    (bind,) = free_binds(1)
    own = settings.model_copy(update={"redis_url": f"redis://{bind}/0", "heartbeat_seconds": 0.5})
    with ExitStack() as stack:
        stack.enter_context(supervising(tmp_path)).start((redis_service(bind, tmp_path),))
        redis = stack.enter_context(connect(own))
        stack.enter_context(worker(own))
        stack.enter_context(celery_on(own))
        yield House(own, redis, tmp_path / "redis", Desk(own, redis))


@troubles
def test_a_worker_outlives_a_redis_that_refuses_and_goes_on_by_itself(
    house: House, answer: str, trouble: Trouble
) -> None:
    house.plays_a_turn()
    incarnations = house.incarnations()
    with trouble(house.redis, house.folder):
        until = time.monotonic() + TROUBLED_SECONDS
        wait_for(lambda: time.monotonic() > until)
    house.plays_a_turn()
    wait_for(lambda: house.incarnations() == incarnations)


def test_a_worker_outlives_refusals_that_a_lone_redis_cannot_be_brought_to(settings: Settings, redis: Redis) -> None:
    """One after another, through a gate that answers in Redis's place."""
    (bind,) = free_binds(1)
    with gate_to(settings.redis_address.hosts[0], bind) as gate:
        behind = settings.model_copy(update={"redis_url": gate.url, "heartbeat_seconds": 0.5})
        with worker(behind), celery_on(settings):
            house = House(settings, redis, settings.home, Desk(settings, redis))
            house.plays_a_turn()
            incarnations = house.incarnations()
            for answer in PASSING.keys() - TROUBLES.keys():
                gate.answer = answer
                until = time.monotonic() + TROUBLED_SECONDS
                wait_for(lambda until=until: time.monotonic() > until)
                gate.answer = ""
                house.plays_a_turn()
                wait_for(lambda: house.incarnations() == incarnations)
