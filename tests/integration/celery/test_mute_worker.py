"""A worker that cannot send to Kafka says so, and says so no more when it can again, without having to send."""

import os
import signal
from pathlib import Path

import pytest

from cowboy.celery.dispatch import OpenTurn, dispatch
from cowboy.local.ports import free_binds
from cowboy.local.probes import instance_beats
from cowboy.local.servers import broker_service
from cowboy.local.supervisor import supervising
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.instances import Instances, queue_of
from cowboy.state.keys import Keys
from cowboy.state.processes import Processes
from tests.integration.turns.desk import Desk
from tests.processes import running
from tests.queues import celery_on
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


def test_a_worker_whose_broker_stands_still_is_mute_until_it_answers(
    settings: Settings, redis: Redis, tmp_path: Path
) -> None:
    (bind,) = free_binds(1)
    changes = {"kafka_bootstrap_servers": bind, "broker_kind": "tansu", "heartbeat_seconds": 0.5}
    own = settings.model_copy(update=changes)
    options = ("-Q", queue_of("i1"), "-n", "i1@%h", "--without-gossip", "--without-mingle")
    instances = Instances(redis, Keys(own.key_prefix), own.dead_after_seconds)
    processes = Processes(redis, Keys(own.key_prefix), own.dead_after_seconds)
    with supervising(tmp_path) as supervisor:
        supervisor.start((broker_service(bind, tmp_path),))
        broker = supervisor.pid("broker")
        assert broker is not None
        with running("celery", "-A", "cowboy", "worker", *options, settings=own), celery_on(own):
            wait_for(lambda: instance_beats(own.redis_url, Keys(own.key_prefix), "i1", 1), 60)
            desk = Desk(own, redis)
            turn = desk.open_turn("g1")
            dispatch([OpenTurn(turn, "i1")])
            wait_for(lambda: desk.records("g1"), 60)
            assert instances.taking_bots() == {"i1"}
            turn = desk.open_turn("g2")
            os.kill(broker, signal.SIGSTOP)
            try:
                dispatch([OpenTurn(turn, "i1")])
                wait_for(lambda: instances.taking_bots() == set(), 60)
                (sheet,) = [sheet for sheet in processes.live() if sheet.kind == "worker i1"]
                assert sheet.mute_since is not None
                assert "broker" in sheet.mute_why
            finally:
                os.kill(broker, signal.SIGCONT)
            wait_for(lambda: instances.taking_bots() == {"i1"}, 60)
