"""The sampler reads real processes and a real Redis, and does without those that are away."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cowboy.chaos import sampler as samplers
from cowboy.chaos.growth import Trend
from cowboy.chaos.sampler import Sampler
from cowboy.local.ports import free_binds
from cowboy.local.servers import redis_service
from cowboy.local.supervisor import supervising
from cowboy.settings import Settings
from cowboy.state.client import Redis, connect
from cowboy.state.instances import queue_of
from cowboy.state.keys import Keys

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]

NOTHING = Trend(None, None, 0)


def sampler_of(redis: Redis, settings: Settings, **pids: int | None) -> Sampler:
    return Sampler(redis, Keys(settings.key_prefix), services=pids, instances=["i1", "i2"], pid_of=pids.__getitem__)


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samplers, "WARM_UP_SECONDS", 0.0)


@pytest.mark.usefixtures("warm")
def test_processes_that_are_there_are_weighed(redis: Redis, settings: Settings) -> None:
    with subprocess.Popen(["true"]) as gone:
        pass
    sampler = sampler_of(redis, settings, running=os.getpid(), gone=gone.pid, waiting=None)
    sampler.sample()
    memory = sampler.growth().memory

    assert memory["running"].samples == 1
    assert (memory["running"].first or 0) > 1_000_000
    assert (memory["gone"], memory["waiting"]) == (NOTHING, NOTHING)


def test_a_process_that_is_warming_up_is_left_out(
    redis: Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samplers, "WARM_UP_SECONDS", 1e9)
    sampler = sampler_of(redis, settings, young=os.getpid())
    sampler.sample()

    assert sampler.growth().memory == {"young": NOTHING}


@pytest.fixture
def own_redis(settings: Settings, tmp_path: Path) -> Iterator[Redis]:
    """Of a server that nobody else writes to."""
    (bind,) = free_binds(1)
    with supervising(tmp_path) as supervisor:
        supervisor.start((redis_service(bind, tmp_path),))
        with connect(settings.model_copy(update={"redis_url": f"redis://{bind}/0"})) as client:
            yield client


def test_keys_and_queues_are_counted(own_redis: Redis, settings: Settings) -> None:
    redis = own_redis
    keys = Keys(settings.key_prefix)
    sampler = sampler_of(redis, settings)
    sampler.sample()
    redis.set(keys.table("g"), "for ever")
    redis.set(keys.records("g"), "for a while", ex=1000)
    for instance in ("i1", "i2", "i2"):
        redis.lpush(f"{keys.celery_prefix}{queue_of(instance)}", "task")
    sampler.sample()
    grown = {name: (trend.last or 0) - (trend.first or 0) for name, trend in sampler.growth().redis.items()}

    # Two queues, a table and a record: one of them with a time to live.
    assert (grown["keys"], grown["lasting_keys"], grown["queued_tasks"]) == (4, 3, 3)
    assert grown["bytes"] > 0


def weigh_without_redis(settings: Settings, address: object) -> None:
    away = settings.model_copy(update={"redis_url": f"redis://{address}/0"})
    with connect(away, patience_seconds=0.1, retries=0) as redis:
        sampler = sampler_of(redis, settings, running=os.getpid())
        sampler.sample()
    growth = sampler.growth()

    assert growth.memory["running"].samples == 1
    assert set(growth.redis.values()) == {NOTHING}


@pytest.mark.usefixtures("warm")
def test_processes_are_weighed_though_redis_is_dead(settings: Settings) -> None:
    weigh_without_redis(settings, free_binds(1)[0])


@pytest.mark.usefixtures("warm")
def test_processes_are_weighed_though_redis_never_answers(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        weigh_without_redis(settings, f"127.0.0.1:{silent.getsockname()[1]}")


def test_a_sample_is_due_at_once_and_then_after_a_while(
    redis: Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampler = sampler_of(redis, settings)
    for pause_seconds, samples in ((0, 1), (1e9, 2), (1e9, 2)):
        monkeypatch.setattr(samplers, "SAMPLE_SECONDS", pause_seconds)
        sampler.tick()
        assert sampler.growth().redis["keys"].samples == samples
