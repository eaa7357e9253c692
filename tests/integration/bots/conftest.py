"""A ward of bots for each test."""

from collections.abc import Iterator

import pytest

from cowboy.bots.services import Services
from cowboy.settings import Settings
from cowboy.state.client import Redis
from tests.game_manager import game_manager_server
from tests.integration.bots.ward import Ward
from tests.queues import celery_on


@pytest.fixture
def ward(settings: Settings, redis: Redis) -> Iterator[Ward]:
    with game_manager_server() as manager:
        changed = {"game_manager_base_url": manager.base_url, "teach_timeout_seconds": 0.05, "teach_attempts": 3}
        settings = settings.model_copy(update=changed)
        with celery_on(settings):
            made = Ward(settings, redis, manager)
            made.beat("i1", "i2")
            yield made


@pytest.fixture
def services(ward: Ward) -> Services:
    return ward.services()
