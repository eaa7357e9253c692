"""A bot manager whose game manager is a server of the test, and whose instances are beats of the test."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.instances import Instance, Instances
from cowboy.state.keys import Keys
from manager_api.app import create_app
from tests.game_manager import GameManagerServer, game_manager_server
from tests.tables import game

GAME = "5d0c6c1e-6f0e-4b7b-9a52-3a1f0f7f2b10"


@pytest.fixture
def game_manager() -> Iterator[GameManagerServer]:
    with game_manager_server() as server:
        server.know(game(GAME))
        yield server


@pytest.fixture
def settings(settings: Settings, game_manager: GameManagerServer) -> Settings:
    return settings.model_copy(update={"game_manager_base_url": game_manager.base_url})


@pytest.fixture
def instances(settings: Settings, redis: Redis) -> Instances:
    """Two live instances that take two bots each."""
    made = Instances(redis, Keys(settings.key_prefix), settings.dead_after_seconds)
    for name in ("i1", "i2"):
        made.beat(Instance(name=name, capacity=2, pool="threads", concurrency=4, pid=7))
    return made


@pytest.fixture
def api(settings: Settings, instances: Instances) -> FlaskClient:
    return create_app(settings).test_client()
