"""A turn that stands after its time: a bridge and keepers have it played, whichever of them learns of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from consumers.bridge import Bridge
from cowboy.bus.producer import Producer
from cowboy.game.identity import command_id
from cowboy.game.words import GameStatus
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.games import AssignedGame, Games
from cowboy.state.keys import Keys
from cowboy.state.state import State
from cowboy.turns.keeper import TurnKeeper
from tests.game_manager import GameManagerServer, game_manager_server
from tests.integration.consumers.backend import GAME, Backend
from tests.queues import celery_on
from tests.tables import IDS, binding, game
from tests.threads import working
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

Making = Callable[..., Backend]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consumers.bridge.RECOVERY_SECONDS", 0.05)
    monkeypatch.setattr("consumers.bridge.SILENCE", timedelta(seconds=0.3))
    monkeypatch.setattr("consumers.bridge.UNSEEN", timedelta(seconds=0.3))
    monkeypatch.setattr("cowboy.turns.keeper.OVERTIME_MS", 300)


@pytest.fixture
def manager() -> Iterator[GameManagerServer]:
    with game_manager_server() as server:
        yield server


@pytest.fixture
def asking(settings: Settings, manager: GameManagerServer) -> Iterator[Settings]:
    changes = {"game_manager_base_url": manager.base_url, "confirm_seconds": 0.2}
    settings = settings.model_copy(update=changes)
    with celery_on(settings):
        yield settings


@pytest.fixture
def making(asking: Settings, manager: GameManagerServer) -> Iterator[Making]:
    with Producer(asking) as producer:
        yield lambda loses=0: Backend(asking, producer, manager, loses)


def assign(settings: Settings, redis: Redis, *seats: int) -> None:
    """Bots on these seats; people on the others."""
    bots = [binding(GAME, seat, acknowledged="v1") for seat in seats]
    games = Games(redis, Keys(settings.key_prefix), settings.history_ttl_seconds)
    games.assign(AssignedGame(game_id=GAME, turn_timeout_seconds=2), bots)


def at_work(settings: Settings, backend: Backend, keepers: int = 1) -> AbstractContextManager[None]:
    """With the backend, a bridge and keepers at work; no worker."""
    return working(
        backend, Bridge(State.of(settings), "bridge"), *(TurnKeeper(State.of(settings)) for _ in range(keepers))
    )


def assert_no_id_came_twice(backend: Backend) -> None:
    ids = [command.command_id for command in backend.commands]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("keepers", [1, 3])
def test_a_game_goes_on_though_nobody_lived_when_its_turn_ran_out(
    asking: Settings, redis: Redis, making: Making, keepers: int
) -> None:
    assign(asking, redis, 0, 1, 2, 3)
    backend = making()
    backend.announce()
    with at_work(asking, backend, keepers):
        wait_for(lambda: len(backend.applied) >= 3)
    assert [command.turn_no for command in backend.applied][:3] == [1, 2, 3]
    assert_no_id_came_twice(backend)


def test_a_command_that_the_backend_burnt_is_sent_under_its_next_id_after_the_turns_time(
    asking: Settings, redis: Redis, making: Making
) -> None:
    assign(asking, redis, 0, 1, 2, 3)
    backend = making(loses=1)
    backend.announce()
    with at_work(asking, backend):
        wait_for(lambda: len(backend.applied) >= 2)
    assert [command.command_id for command in backend.commands[:2]] == [
        command_id(GAME, IDS[0], 1, attempt) for attempt in (0, 1)
    ]
    assert_no_id_came_twice(backend)


def test_a_game_that_began_unseen_goes_on(asking: Settings, redis: Redis, making: Making) -> None:
    assign(asking, redis, 0, 1, 2, 3)
    backend = making()
    with at_work(asking, backend):
        wait_for(lambda: len(backend.applied) >= 2)
    assert_no_id_came_twice(backend)


def test_a_game_that_has_not_begun_is_left_alone(
    asking: Settings, redis: Redis, making: Making, manager: GameManagerServer
) -> None:
    assign(asking, redis, 0, 1, 2, 3)
    backend = making()
    manager.know(game(GAME, status=GameStatus.CREATED, started_at=None, turn_started_at=None))
    with at_work(asking, backend):
        wait_for(lambda: len(manager.asked) >= 3)
    assert backend.commands == []


def test_a_backend_that_takes_nothing_in_is_sent_two_commands_and_then_no_more(
    asking: Settings, redis: Redis, making: Making, manager: GameManagerServer
) -> None:
    assign(asking, redis, 0, 1, 2, 3)
    backend = making(loses=1000)
    backend.announce()
    with at_work(asking, backend, keepers=2):
        wait_for(lambda: len(backend.commands) >= 2)
        asked = len(manager.asked)
        wait_for(lambda: len(manager.asked) >= asked + 6)
        manager.know(game(GAME, status=GameStatus.FINISHED))
        wait_for(lambda: not redis.smembers(Keys(asking.key_prefix).games))
    assert len(backend.commands) == 2
    assert_no_id_came_twice(backend)


def test_a_persons_turn_is_theirs_however_long_it_stands(
    asking: Settings, redis: Redis, making: Making, manager: GameManagerServer
) -> None:
    assign(asking, redis, 1, 2, 3)
    backend = making()
    backend.announce()
    with at_work(asking, backend):
        wait_for(lambda: len(manager.asked) >= 4)
    assert backend.commands == []
