"""Each of our processes touches its health file while it does its work, and no longer."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cowboy.local.ports import free_binds
from cowboy.settings import Settings
from tests.processes import running
from tests.proxy import Proxy, proxying
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

HEARTBEAT_SECONDS = 0.3
OLD_SECONDS = 4.0
"""Older than that, a file is not touched any more."""
COMMANDS = {
    "arena": ("cowboy", "arena"),
    "manager": ("cowboy", "manager"),
    "bridge": ("cowboy", "bridge"),
    "keeper": ("cowboy", "keeper"),
    "worker": ("celery", "-A", "cowboy", "worker", "-Q", "bots.i1", "-n", "i1@%h", "--without-mingle"),
}


@pytest.fixture
def way_to_redis(settings: Settings) -> Iterator[Proxy]:
    (bind,) = free_binds(1)
    with proxying(settings.redis_address.hosts[0], bind) as proxy:
        yield proxy


@pytest.fixture
def settings_behind(settings: Settings, way_to_redis: Proxy, tmp_path: Path) -> Settings:
    binds = free_binds(3)
    return settings.model_copy(
        update={
            "redis_url": f"redis://{way_to_redis.bind}/0",
            "heartbeat_seconds": HEARTBEAT_SECONDS,
            "health_file": tmp_path / "healthy",
            **dict(zip(("arena_bind", "game_manager_bind", "bot_manager_bind"), binds, strict=True)),
        }
    )


def age_seconds(file: Path) -> float:
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


@pytest.mark.parametrize("service", COMMANDS)
def test_it_is_touched_while_redis_answers_and_grows_old_while_not(
    service: str, settings_behind: Settings, way_to_redis: Proxy, tmp_path: Path
) -> None:
    file = tmp_path / "healthy"
    with running(*COMMANDS[service], settings=settings_behind):
        wait_for(lambda: age_seconds(file) < OLD_SECONDS)
        way_to_redis.stall()
        wait_for(lambda: age_seconds(file) > OLD_SECONDS)
        way_to_redis.flow()
        way_to_redis.cut()
        wait_for(lambda: age_seconds(file) < OLD_SECONDS)
