"""A bot manager whose game manager is a server of the test. Its instances beat here, and learn in a thread."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.instances import Instance, Instances
from cowboy.state.keys import Keys
from manager_api.app import create_app
from tests.game_manager import GameManagerServer, game_manager_server
from tests.pupils import pupils
from tests.queues import celery_on
from tests.tables import game

GAME = "5d0c6c1e-6f0e-4b7b-9a52-3a1f0f7f2b10"

Json = dict[str, object]


def post(api: FlaskClient, path: str, body: Json, status: int = 200) -> Json:
    answer = api.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json


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
        made.beat(Instance(name=name, capacity=2, pool="threads", concurrency=4, pid=7, host="h1"))
    return made


@pytest.fixture
def queues(settings: Settings, redis: Redis) -> Iterator[None]:
    """Celery on the test's part of Redis; nobody takes anything off its queues."""
    with celery_on(settings):
        yield


@pytest.fixture
def tasks(settings: Settings, queues: None) -> Iterator[list[list[object]]]:
    """Lessons are learned; the arguments of all other tasks."""
    with pupils(settings, "i1", "i2", "big") as others:
        yield others


@pytest.fixture
def api(settings: Settings, instances: Instances, tasks: list[list[object]]) -> FlaskClient:
    """A manager whose bots learn what they are taught."""
    return create_app(settings).test_client()


@pytest.fixture
def deaf(settings: Settings, instances: Instances, queues: None) -> FlaskClient:
    """A manager whose bots never acknowledge, and who does not wait for them."""
    return create_app(settings.model_copy(update={"assignment_wait_seconds": 0})).test_client()
