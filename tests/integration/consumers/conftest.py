"""A rig on the session's servers."""

from collections.abc import Iterator

import pytest

from cowboy.bus.producer import Producer
from cowboy.settings import Settings
from cowboy.state.client import Redis
from tests.integration.consumers.rig import Rig
from tests.queues import celery_on


@pytest.fixture
def rig(settings: Settings, redis: Redis) -> Iterator[Rig]:
    with celery_on(settings), Producer(settings) as producer:
        yield Rig(settings, redis, producer)
