"""A worker's seat, and the desk from which its turns come."""

from collections.abc import Iterator

import pytest

from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.tasks.seat import Seat
from tests.integration.tasks.desk import Desk


@pytest.fixture
def desk(settings: Settings, redis: Redis) -> Desk:
    return Desk(settings, redis)


@pytest.fixture
def seat(settings: Settings) -> Iterator[Seat]:
    made = Seat(settings)
    yield made
    made.close()
