"""Log lines of a request name its game, bots and instances, and nothing of the request before."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from structlog.contextvars import get_contextvars, merge_contextvars
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.game_manager import GameManagerServer
from tests.integration.manager_api.conftest import GAME

pytestmark = pytest.mark.integration


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    with capture_logs([merge_contextvars]) as captured:
        yield captured


def test_a_failure_is_told_with_the_game_and_the_next_request_has_forgotten_it(
    api: FlaskClient, game_manager: GameManagerServer, lines: list[EventDict]
) -> None:
    game_manager.answers[GAME] = 500
    assert api.post(f"/internal/v3/games/{GAME}/assignments/default", json={}).status_code == 502
    (line,) = lines
    assert (line["event"], line["game_id"]) == ("request_failed", GAME)
    assert get_contextvars() == {}
    lines.clear()
    api.get("/health")
    assert all("game_id" not in line for line in lines)
