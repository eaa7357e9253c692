"""A game manager in trouble: it keeps its callers waiting once, not once for each game, and says what it likes."""

import socket
import time
from collections.abc import Iterator

import pytest

from cowboy.clients.game_manager import GameManager
from cowboy.errors import GameManagerError
from cowboy.game.wire.http import CreateGame
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


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(b"{}", "invalid manager response: game_id: Field required"), (422, r"manager returned 422 for /v2/games: \{\}")],
)
def test_a_game_that_is_not_made_is_an_error_that_says_why(
    asking: GameManager, answer: bytes | int, reason: str
) -> None:
    with game_manager_server() as server:
        asking._client.base_url = server.base_url  # type: ignore[assignment]
        server.answers["/v2/games"] = answer
        with pytest.raises(GameManagerError, match=reason):
            asking.create(CreateGame())
