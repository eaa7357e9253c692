"""When the events do not say whose turn it is, the bridge asks the game manager, and only then."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from cowboy.bus.producer import Producer
from cowboy.game.board import State, new_state
from cowboy.game.maps import default_grid
from cowboy.game.rules import Action
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import CommandType, GameStatus, ResultStatus
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.tables import Update
from tests.game_manager import GameManagerServer, game_manager_server
from tests.integration.consumers.rig import B, C, D, Rig, bridging
from tests.queues import celery_on
from tests.tables import SHIELD, game, history, step
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _recover_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consumers.bridge.RECOVERY_SECONDS", 0.05)


@pytest.fixture
def manager() -> Iterator[GameManagerServer]:
    with game_manager_server() as server:
        yield server


@pytest.fixture
def rig(settings: Settings, redis: Redis, manager: GameManagerServer) -> Iterator[Rig]:
    asking = settings.model_copy(update={"game_manager_base_url": manager.base_url})
    with celery_on(asking), Producer(asking) as producer:
        yield Rig(asking, redis, producer)


def ignored(turn_no: int) -> StepEvent:
    """An event that changed nothing, in turn `turn_no`, from which nobody can tell whose turn that is."""
    event = history("g1", turn_no - 1)[-1]
    return event.model_copy(update={"result_status": ResultStatus.IGNORED_TIMEOUT})


def board_in_turn(turn_no: int) -> State:
    board = new_state(default_grid(), 4)
    while board.turn_no < turn_no:
        board, _ = step("g1", board, SHIELD)
    return board


def test_events_that_say_whose_turn_it_is_need_no_question(rig: Rig, manager: GameManagerServer) -> None:
    rig.begin("g1")
    events = history("g1", 6)
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", events[0], events[1], events[5], events[6]))
    assert manager.asked == []


def test_a_jump_that_hides_whose_turn_it_is_is_asked_about(rig: Rig, manager: GameManagerServer) -> None:
    manager.know(game("g1", board_in_turn(7)))
    rig.begin("g1")
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", *history("g1", 1)))
        rig.read_up_to("g1", rig.send("g1", ignored(7)))
        rig.read_up_to("g1", rig.send("g1", history("g1", 7)[-1]))
    assert manager.asked == ["g1"]
    assert rig.queued() == [("g1", B, 2), ("g1", C, 7), ("g1", D, 8)]


def test_a_timeout_of_nobody_in_an_unknown_turn_is_asked_about(rig: Rig, manager: GameManagerServer) -> None:
    manager.know(game("g1", board_in_turn(3)))
    rig.begin("g1")
    _, event = step("g1", board_in_turn(2), Action(CommandType.TIMEOUT))
    nobody = event.model_copy(update={"command": event.command.model_copy(update={"player_id": None})})
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", nobody))
    assert manager.asked == ["g1"]
    assert rig.queued() == [("g1", C, 3)]


def test_a_game_that_the_manager_does_not_know_any_more_is_over(rig: Rig, manager: GameManagerServer) -> None:
    rig.begin("g1")
    with bridging(rig.settings):
        rig.send("g1", ignored(5))
        wait_for(lambda: not rig.games.live())
    assert manager.asked == ["g1"]
    assert rig.keys_of("g1") == set()


def test_a_game_that_the_manager_says_is_over_is_over(rig: Rig, manager: GameManagerServer) -> None:
    manager.know(game("g1", board_in_turn(5), status=GameStatus.FINISHED))
    rig.begin("g1")
    with bridging(rig.settings):
        rig.send("g1", ignored(5))
        wait_for(lambda: not rig.games.live())
    assert rig.queued() == []
    assert rig.keys_of("g1") == set()


@pytest.mark.parametrize("trouble", [500, 503, b"<html>", b'{"game_id": "g1"}'])
def test_while_the_manager_is_in_trouble_the_bridge_waits_and_then_goes_on(
    rig: Rig, manager: GameManagerServer, trouble: int | bytes
) -> None:
    manager.answers["g1"] = trouble
    rig.begin("g1")
    with bridging(rig.settings):
        end = rig.send("g1", ignored(6))
        wait_for(lambda: len(manager.asked) > 1)
        manager.know(game("g1", board_in_turn(6)))
        rig.read_up_to("g1", end)
    assert rig.queued() == [("g1", B, 6)]


def test_one_game_without_an_answer_does_not_hold_up_the_others(rig: Rig, manager: GameManagerServer) -> None:
    manager.answers["g1"] = 500
    rig.begin("g1", "g2")
    with bridging(rig.settings):
        rig.send("g1", ignored(6))
        wait_for(lambda: len(manager.asked) > 1)
        rig.read_up_to("g2", rig.send("g2", *history("g2", 1)))
    assert ("g2", B, 2) in rig.queued()


def test_a_game_whose_turn_ran_out_without_an_event_is_asked_about(rig: Rig, manager: GameManagerServer) -> None:
    manager.know(game("g1", board_in_turn(3)))
    rig.begin("g1")
    _, old = step("g1", board_in_turn(1), SHIELD, age=timedelta(seconds=100))
    with bridging(rig.settings):
        rig.send("g1", old)
        wait_for(lambda: rig.queued() == [("g1", C, 3)])
        rig.read_up_to("g1", rig.send("g1", history("g1", 3)[-1]))
    assert manager.asked == ["g1"]
    assert rig.queued() == [("g1", C, 3), ("g1", D, 4)]


def test_a_turn_that_ran_out_and_was_given_more_time_is_queued_again(rig: Rig, manager: GameManagerServer) -> None:
    rig.begin("g1")
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", history("g1", 1)[-1]))
    rig.redis.delete(f"{rig.keys.celery_prefix}bots.i1")
    _, old = step("g1", board_in_turn(1), SHIELD, age=timedelta(seconds=100))
    table = rig.tables.load("g1").table.model_copy(update={"opened_at": old.created_at})
    rig.tables.store([Update(table, old.created_at + timedelta(seconds=60), ())])
    manager.know(game("g1", board_in_turn(2)))
    with bridging(rig.settings):
        wait_for(rig.queued)
    assert rig.queued() == [("g1", B, 2)]


def test_a_manager_that_is_slow_holds_up_nothing_and_its_answer_may_come_too_late(
    rig: Rig, manager: GameManagerServer
) -> None:
    manager.know(game("g1", board_in_turn(6)))
    manager.answering.clear()
    rig.begin("g1", "g2")
    with bridging(rig.settings) as bridge:
        rig.send("g1", ignored(6))
        wait_for(lambda: manager.asked == ["g1"])
        end = rig.send("g2", *history("g2", 1))
        wait_for(lambda: rig.position("g2") == end, rig.settings.http_timeout_seconds / 2)
        rig.read_up_to("g1", rig.send("g1", history("g1", 7)[-1]))
        before = bridge._live["g1"]
        manager.answering.set()
        wait_for(lambda: before.answer is None)
        rig.read_up_to("g1", rig.send("g1", history("g1", 8)[-1]))
        assert bridge._live["g1"] is before
    assert rig.queued() == [("g2", B, 2), ("g1", D, 8)]
