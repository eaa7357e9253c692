"""A game manager that keeps its callers waiting does so once, not once for each game."""

import socket
import time
from collections.abc import Iterator

import pytest

from cowboy.clients.game_manager import GameManager
from cowboy.errors import GameManagerError
from cowboy.settings import Settings
from tests.game_manager import game_manager_server
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

BOUND_SECONDS = 1.0
GAMES = 20


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Somebody who listens and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def asking(settings: Settings, silent: socket.socket) -> Iterator[GameManager]:
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    manager = GameManager(
        settings.model_copy(update={"game_manager_base_url": url, "http_timeout_seconds": BOUND_SECONDS})
    )
    yield manager
    manager.close()


def test_many_games_are_not_waited_for_one_after_the_other(asking: GameManager) -> None:
    began = time.monotonic()
    for number in range(GAMES):
        with pytest.raises(GameManagerError):
            asking.get(f"g{number}")
    assert time.monotonic() - began < GAMES * BOUND_SECONDS / 2


def test_it_is_asked_again_before_long(asking: GameManager) -> None:
    with pytest.raises(GameManagerError):
        asking.get("g1")
    with game_manager_server() as server:
        asking._client.base_url = server.base_url  # type: ignore[assignment]  # it takes text, too
        wait_for(lambda: answered(asking))
        assert server.asked == ["g1"]


def answered(manager: GameManager) -> bool:
    try:
        return manager.get("g1") is None
    except GameManagerError:
        return False
