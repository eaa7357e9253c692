"""What plays turns in a worker, and the desk from which its turns come."""

from collections.abc import Iterator

import pytest

from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.state import State
from cowboy.turns.player import TurnPlayer
from tests.integration.turns.desk import Desk


@pytest.fixture
def desk(settings: Settings, redis: Redis) -> Desk:
    return Desk(settings, redis)


@pytest.fixture
def seat(settings: Settings) -> Iterator[TurnPlayer]:
    made = TurnPlayer(State.of(settings))
    yield made
    made.close()
