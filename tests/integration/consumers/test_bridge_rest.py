"""A bridge whose games are silent rests, and is there at once when it is needed."""

import threading
from collections.abc import Callable, Iterator

import pytest

from consumers import bridge as bridges
from cowboy.bus import consumer as consumers
from cowboy.bus.bell import Bell
from cowboy.bus.producer import Producer
from cowboy.clients import game_manager as game_managers
from cowboy.settings import Settings
from cowboy.state.client import Redis
from tests.game_manager import GameManagerServer, game_manager_server
from tests.integration.consumers.rig import B, C, Rig, bridging
from tests.integration.consumers.test_bridge_recovery import board_in_turn, ignored
from tests.queues import celery_on
from tests.tables import game, history
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.broker("tansu")]

FOREVER = 3600.0


@pytest.fixture
def manager() -> Iterator[GameManagerServer]:
    with game_manager_server() as server:
        yield server
        server.answering.set()


@pytest.fixture
def rig(settings: Settings, redis: Redis, manager: GameManagerServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """No rest in it ends by itself."""
    monkeypatch.setattr(bridges, "REST_SECONDS", FOREVER)
    monkeypatch.setattr(game_managers, "HASTY_SECONDS", FOREVER)
    monkeypatch.setattr(consumers, "SHORTEST_REST_SECONDS", FOREVER)
    monkeypatch.setattr(consumers, "LONGEST_REST_SECONDS", FOREVER)
    changes = {
        "bridge_lease_seconds": 3 * FOREVER,
        "heartbeat_seconds": FOREVER,
        "http_timeout_seconds": FOREVER,
        "game_manager_base_url": manager.base_url,
    }
    patient = settings.model_copy(update=changes)
    with celery_on(patient), Producer(patient) as producer:
        yield Rig(patient, redis, producer)


class Rests:
    """Whether the bridge is at rest. No rest ends by itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._has_begun = threading.Event()
        wait = Bell.wait

        def rest(bell: Bell, heeds: Callable[[str], bool], seconds: float) -> bool:
            self._has_begun.set()
            try:
                return wait(bell, heeds, seconds)
            finally:
                self._has_begun.clear()

        monkeypatch.setattr(Bell, "wait", rest)

    def wait_for_one(self) -> None:
        assert self._has_begun.wait(30.0)


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> Rests:
    return Rests(monkeypatch)


def test_a_resting_bridge_hears_an_event_of_its_games(rig: Rig, rests: Rests) -> None:
    rig.begin("g1")
    events = history("g1", 1)
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", events[0]))
        rests.wait_for_one()
        rig.read_up_to("g1", rig.send("g1", events[1]))
        rests.wait_for_one()  # and ends at once when it is told to
    assert rig.queued() == [("g1", B, 2)]


def test_a_resting_bridge_begins_to_read_a_game_when_its_first_event_comes(rig: Rig, rests: Rests) -> None:
    with bridging(rig.settings):
        rests.wait_for_one()
        rig.begin("g1")
        rig.read_up_to("g1", rig.send("g1", *history("g1", 1)))
    assert rig.queued() == [("g1", B, 2)]


def test_a_resting_bridge_begins_to_read_a_game_that_was_assigned_after_its_first_event(rig: Rig, rests: Rests) -> None:
    rig.create("g1")
    end = rig.send("g1", *history("g1", 1))
    bell = Bell(rig.settings)
    with bridging(rig.settings):
        rests.wait_for_one()
        rig.assign("g1")
        bell.ring(rig.topics.output_of("g1"))  # as the one that assigns does
        rig.read_up_to("g1", end)
    bell.close()
    assert rig.queued() == [("g1", B, 2)]


def test_a_resting_bridge_hears_what_the_game_manager_answers(
    rig: Rig, rests: Rests, manager: GameManagerServer
) -> None:
    manager.know(game("g1", board_in_turn(7)))
    manager.answering.clear()
    rig.begin("g1")
    with bridging(rig.settings):
        rig.send("g1", *history("g1", 1), ignored(7))
        wait_for(lambda: manager.asked)
        rests.wait_for_one()
        manager.answering.set()
        wait_for(lambda: rig.queued()[1:])
    assert rig.queued() == [("g1", B, 2), ("g1", C, 7)]
