"""While no bridge lives, a keeper's stand-in notices the turns; it leaves once there is one to be relied on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from consumers import stand_in
from consumers.stand_in import StandIn
from cowboy.errors import BusError
from cowboy.state.presence import Presence, is_stand_in
from cowboy.state.presence import bridges as presence_of_bridges
from cowboy.state.state import State
from tests.integration.consumers.rig import B, C, Rig, bridging
from tests.processes import running
from tests.tables import history
from tests.threads import working
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

LEASE_SECONDS = 3.0


@contextmanager
def standing_by(rig: Rig, keeper: str = "k") -> Iterator[StandIn]:
    """With a stand-in of that keeper, which looks at once and often."""
    one = StandIn(State.of(rig.settings), keeper)
    with working(one):
        yield one


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand_in, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(stand_in, "RELIEF_SECONDS", 0.5)


@pytest.fixture
def presence(rig: Rig) -> Presence:
    return presence_of_bridges(rig.redis, rig.keys, LEASE_SECONDS)


def stand_ins(presence: Presence) -> list[str]:
    return [name for name in presence.live() if is_stand_in(name)]


def test_without_a_bridge_it_queues_the_turns_until_it_is_stopped(rig: Rig, presence: Presence) -> None:
    rig.begin("g1")
    with standing_by(rig):
        rig.read_up_to("g1", rig.send("g1", *history("g1", 1)))
        assert rig.queued() == [("g1", B, 2)]
        assert presence.live() == ["stand-in:k"]
    assert presence.live() == []


def test_it_does_nothing_while_there_is_no_game(rig: Rig, presence: Presence) -> None:
    one = StandIn(State.of(rig.settings), "k")
    one.look()
    assert presence.live() == []
    assert one._shift is None


def test_it_does_nothing_while_a_bridge_lives(rig: Rig, presence: Presence) -> None:
    rig.begin("g1")
    presence.beat("b1")
    one = StandIn(State.of(rig.settings), "k")
    one.look()
    assert one._shift is None


def test_it_leaves_the_games_to_a_bridge_that_has_come_to_stay(rig: Rig, presence: Presence) -> None:
    rig.begin("g1", "g2")
    with standing_by(rig):
        wait_for(lambda: stand_ins(presence))
        for game_id in ("g1", "g2"):
            rig.read_up_to(game_id, rig.send(game_id, *history(game_id, 1)))
        with bridging(rig.settings):
            wait_for(lambda: presence.live() == ["test-bridge"])
            for game_id in ("g1", "g2"):
                rig.read_up_to(game_id, rig.send(game_id, history(game_id, 2)[2]))
    assert sorted(rig.queued()) == [(game_id, bot, turn) for game_id in ("g1", "g2") for bot, turn in ((B, 2), (C, 3))]


def test_it_stays_while_bridges_come_only_to_die(rig: Rig, presence: Presence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand_in, "RELIEF_SECONDS", 3600.0)
    rig.begin("g1")
    one = StandIn(State.of(rig.settings), "k")
    try:
        one.look()
        shift = one._shift
        for name in ("b1", "b2", "b3"):
            presence.beat(name)
            one.look()
            presence.leave(name)
            one.look()
        assert one._shift is shift is not None
        assert one._since == {}
    finally:
        one.close()


def test_the_time_of_a_bridge_that_died_does_not_count_for_the_next(
    rig: Rig, presence: Presence, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(stand_in.time, "monotonic", lambda: now)
    one = StandIn(State.of(rig.settings), "k")
    presence.beat("b1")
    one.look()
    now += 10
    presence.leave("b1")
    presence.beat("b2")
    one.look()
    assert one._since == {"b2": now}


def test_the_stand_ins_of_two_keepers_queue_every_turn_once(rig: Rig, presence: Presence) -> None:
    rig.begin("g1", "g2")
    with standing_by(rig, "k1"), standing_by(rig, "k2"):
        wait_for(lambda: len(stand_ins(presence)) == 2)
        for turn in range(3):
            for game_id in ("g1", "g2"):
                end = rig.send(game_id, history(game_id, turn)[turn])
                rig.read_up_to(game_id, end)
    assert sorted(rig.queued()) == [(game_id, bot, turn) for game_id in ("g1", "g2") for bot, turn in ((B, 2), (C, 3))]


def test_without_a_broker_it_is_not_even_begun(rig: Rig, presence: Presence) -> None:
    rig.assign("g1")
    one = StandIn(State.of(rig.settings.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"})), "k")
    with pytest.raises(BusError, match=r"127\.0\.0\.1:1: connection refused"):
        one.look()
    assert presence.live() == []


def test_the_keeper_process_stands_in(rig: Rig, presence: Presence) -> None:
    rig.begin("g1")
    with running("cowboy", "keeper", settings=rig.settings):
        wait_for(lambda: stand_ins(presence), 60)
        rig.read_up_to("g1", rig.send("g1", *history("g1", 1)))
        assert rig.queued() == [("g1", B, 2)]
