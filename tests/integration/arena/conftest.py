"""An arena process for the session, and the arena's parts for those that test them one by one."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from cowboy.arena.outbox import Outbox
from cowboy.arena.store import GameStore
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.producer import Producer
from cowboy.local.ports import free_binds
from cowboy.settings import Settings
from cowboy.state.client import Redis, connect
from tests.integration.arena.bot_manager import FakeBotManager, fake_bot_manager
from tests.integration.arena.process import ArenaProcess
from tests.tables import now

TOKEN = "a-token-of-sixteen-or-more"


@pytest.fixture(scope="package")
def _bots() -> Iterator[FakeBotManager]:
    with fake_bot_manager() as bots:
        yield bots


@pytest.fixture
def bots(_bots: FakeBotManager) -> FakeBotManager:
    """The bot manager of the arena, as if just started."""
    _bots.reset()
    return _bots


@pytest.fixture(scope="package")
def arena_settings(redis_url: str, broker_settings: Mapping[str, Any], _bots: FakeBotManager) -> Settings:
    """Settings for an arena process of the tests, on ports, keys and topics of its own."""
    arena_bind, manager_bind = free_binds(2)
    mine = f"t{uuid.uuid4().hex[:12]}"
    return Settings(
        redis_url=redis_url,
        **broker_settings,
        key_prefix=f"{mine}:",
        input_topic_prefix=f"{mine}.commands",
        output_topic_prefix=f"{mine}.output",
        arena_bind=arena_bind,
        game_manager_bind=manager_bind,
        bot_manager_base_url=_bots.base_url,
        manager_token=SecretStr(TOKEN),
        topic_grace_seconds=1,
        max_turns=30,
    )


@pytest.fixture(scope="package")
def arena(arena_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArenaProcess]:
    """One `cowboy arena` for all tests that only talk to it."""
    process = ArenaProcess(arena_settings, tmp_path_factory.mktemp("arena") / "arena.log")
    try:
        process.start()
        yield process
    finally:
        process.close()
        with connect(arena_settings) as redis:
            for key in redis.scan_iter(f"{arena_settings.key_prefix}*"):
                redis.delete(key)


@pytest.fixture
def store(settings: Settings, redis: Redis) -> GameStore:
    return GameStore(settings, redis)


@pytest.fixture
def outbox(settings: Settings, redis: Redis) -> Outbox:
    return Outbox(settings, redis, now)


@pytest.fixture
def producer(settings: Settings) -> Iterator[Producer]:
    with Producer(settings) as producer:
        yield producer


@pytest.fixture
def admin(settings: Settings) -> Iterator[TopicAdmin]:
    with TopicAdmin(settings) as admin:
        yield admin
