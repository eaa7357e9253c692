"""A client that lets bots play begins a game when its bots are ready."""

import threading
from collections.abc import Iterator

import pytest

from cowboy.errors import BotManagerError
from cowboy.match import client as module
from cowboy.match.client import GameClient
from cowboy.settings import Settings
from cowboy.state.bindings import Bindings, BindingStatus
from cowboy.state.client import Redis
from cowboy.state.games import AssignedGame, Games
from cowboy.state.keys import Keys
from tests.bot_manager import bot_manager_server
from tests.tables import IDS, binding
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

READY, TEACHING = BindingStatus.READY, BindingStatus.TEACHING


@pytest.fixture
def client(settings: Settings, redis: Redis) -> Iterator[GameClient]:
    """Of a bot manager that knows one game: A is ready, B and C are being taught."""
    statuses = (READY, TEACHING, TEACHING)
    bots = [binding("g1", seat, status=status) for seat, status in enumerate(statuses)]
    Games(redis, Keys(settings.key_prefix), 60).assign(AssignedGame(game_id="g1", turn_timeout_seconds=60), bots)
    with bot_manager_server(settings) as served:
        made = GameClient(served)
        yield made
        made.close()


def become(redis: Redis, settings: Settings, seat: int, status: BindingStatus) -> None:
    changed = Bindings(redis, Keys(settings.key_prefix)).change("g1", IDS[seat], lambda bot: bot.moved_to(status))
    assert changed is not None


def test_it_is_told_which_bots_cannot_play_yet(client: GameClient, settings: Settings, redis: Redis) -> None:
    become(redis, settings, 2, BindingStatus.FAILED)
    with pytest.raises(BotManagerError, match="game g1 has bots that cannot play: B is TEACHING, C is FAILED; see: co"):
        client.check_bots("g1")


def test_it_waits_until_all_bots_are_ready_however_often_it_must_ask(
    client: GameClient, settings: Settings, redis: Redis
) -> None:
    waiting = threading.Thread(target=client.wait_for_bots, args=("g1",))
    waiting.start()
    become(redis, settings, 1, READY)
    with pytest.raises(BotManagerError, match="C is TEACHING"):
        client.check_bots("g1")
    assert waiting.is_alive()
    become(redis, settings, 2, READY)
    wait_for(lambda: not waiting.is_alive())
    client.check_bots("g1")


def test_it_does_not_wait_for_ever_and_says_for_whom(client: GameClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEARNING_SECONDS", 0.0)
    with pytest.raises(BotManagerError, match="B is TEACHING, C is TEACHING"):
        client.wait_for_bots("g1")
