"""Several bridges share the games, each a process as in production; whatever becomes of one, a turn is queued once."""

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from consumers.bridge import Bridge
from cowboy.game.turns import follow
from cowboy.state.leases import Leases
from cowboy.state.presence import bridges as presence_of_bridges
from cowboy.state.state import State
from tests.integration.consumers.rig import B, C, D, Rig, bridging
from tests.processes import running
from tests.tables import IDS, history
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

GAMES = tuple(f"g{number}" for number in range(12))
LEASE_SECONDS = 3.0
LONG_SECONDS = 60.0
"""A lease that no test waits for."""


class Team:
    """The games and the bridge processes that read them."""

    def __init__(self, rig: Rig, processes: ExitStack) -> None:
        self.rig = rig
        self._processes = processes
        self._lease_seconds = rig.settings.bridge_lease_seconds
        self._leases = Leases(rig.redis, rig.keys, self._lease_seconds)
        self._turn = 0

    def start(self, count: int = 1) -> list["subprocess.Popen[str]"]:
        """So many bridges more; each takes its part."""
        live = presence_of_bridges(self.rig.redis, self.rig.keys, self._lease_seconds).live
        before = len(live())
        started = [self._processes.enter_context(bridge_process(self.rig)) for _ in range(count)]
        wait_for(lambda: len(live()) == before + count)
        return started

    def shares(self) -> list[int]:
        """How many games each bridge has."""
        return sorted(Counter(self._leases.readers().values()).values())

    def wait_for_shares(self, *shares: int) -> None:
        wait_for(lambda: self.shares() == list(shares))

    def tell(self) -> None:
        """Publish the event that opens the next turn, in every game."""
        for game_id in GAMES:
            self.rig.send(game_id, history(game_id, self._turn)[self._turn])
        self._turn += 1

    def wait_until_read(self) -> None:
        for game_id in GAMES:
            self.rig.read_up_to(game_id, self._turn)

    def play(self, turns: int) -> None:
        """Tell of so many turns, and wait for each to be handled."""
        for _ in range(turns):
            self.tell()
            self.wait_until_read()

    def expected(self, turns: Iterable[int]) -> list[tuple[str, str, int]]:
        return sorted((game_id, IDS[(turn - 1) % 4], turn) for game_id in GAMES for turn in turns)


@pytest.fixture(params=[LEASE_SECONDS])
def team(rig: Rig, request: pytest.FixtureRequest) -> Iterator[Team]:
    """Twelve games, and no bridge yet."""
    rig.settings = rig.settings.model_copy(update={"bridge_lease_seconds": request.param})
    rig.begin(*GAMES)
    with ExitStack() as processes:
        yield Team(rig, processes)


def test_three_bridges_have_four_games_each_and_queue_every_turn_once(team: Team) -> None:
    team.start(3)
    team.wait_for_shares(4, 4, 4)
    team.play(4)
    assert sorted(team.rig.queued()) == team.expected([2, 3, 4])


def test_the_games_of_a_killed_bridge_are_read_on_by_the_others_from_where_it_was(team: Team) -> None:
    killed, *_ = team.start(3)
    team.wait_for_shares(4, 4, 4)
    team.play(2)
    killed.kill()
    killed.wait()
    team.play(1)
    team.wait_for_shares(6, 6)
    team.play(1)
    assert sorted(team.rig.queued()) == team.expected([2, 3, 4])


def test_a_bridge_that_slept_longer_than_its_lease_wakes_up_to_nothing_and_gets_a_share_again(team: Team) -> None:
    sleeper, *_ = team.start(2)
    team.wait_for_shares(6, 6)
    team.play(2)
    os.kill(sleeper.pid, signal.SIGSTOP)
    team.play(1)
    team.wait_for_shares(12)
    os.kill(sleeper.pid, signal.SIGCONT)
    team.wait_for_shares(6, 6)
    team.play(1)
    assert sorted(team.rig.queued()) == team.expected([2, 3, 4])


@pytest.mark.parametrize("team", [LONG_SECONDS], indirect=True)
def test_a_bridge_that_is_asked_to_stop_hands_its_games_over_at_once(team: Team) -> None:
    leaving, *_ = team.start(2)
    team.wait_for_shares(6, 6)
    team.play(2)
    leaving.terminate()
    leaving.wait()
    team.wait_for_shares(12)  # well before its leases would run out
    team.play(2)
    assert sorted(team.rig.queued()) == team.expected([2, 3, 4])


def test_bridges_that_join_in_the_middle_of_games_get_their_share_and_no_turn_is_queued_twice(team: Team) -> None:
    team.start()
    team.wait_for_shares(12)
    team.play(2)
    for shares in ((6, 6), (4, 4, 4)):
        team.start()
        team.play(1)
        team.wait_for_shares(*shares)
    assert sorted(team.rig.queued()) == team.expected([2, 3, 4])


def test_new_games_are_shared_out_too_and_games_that_end_leave_no_lease(team: Team) -> None:
    for game_id in GAMES[4:]:
        team.rig.games.forget(game_id)
    team.start(2)
    team.wait_for_shares(2, 2)
    team.rig.assign(*GAMES[4:8])
    team.wait_for_shares(4, 4)
    for game_id in GAMES:
        team.rig.games.forget(game_id)
    assert team.shares() == []


def test_what_a_bridge_has_read_of_a_game_that_is_anothers_by_now_is_neither_stored_nor_queued(rig: Rig) -> None:
    rig.begin("g1", "g2")
    bridge, leases = Bridge(State.of(rig.settings), "sleeper"), Leases(rig.redis, rig.keys, LEASE_SECONDS)
    try:
        bridge._share()
        rig.send("g1", *history("g1", 1))
        records = wait_for(lambda: bridge._reader.poll(100))
        rig.redis.zincrby(rig.keys.bridges, -2 * LEASE_SECONDS, "sleeper")
        assert leases.share("other").keys() == {"g1", "g2"}
        before = rig.redis.hgetall(rig.keys.table("g1"))
        bridge._handle(records)
        assert rig.redis.hgetall(rig.keys.table("g1")) == before == {}
        assert rig.redis.lrange(rig.keys.recent("g1"), 0, -1) == []
        assert bridge._live.keys() == {"g2"}
    finally:
        bridge.close()
    assert rig.queued() == []


def test_a_bridge_that_knows_less_than_is_stored_takes_what_is_stored(rig: Rig) -> None:
    rig.begin("g1")
    events = history("g1", 4)
    with bridging(rig.settings) as bridge:
        rig.read_up_to("g1", rig.send("g1", *events[:2]))
        later = follow(None, events[3]).table
        rig.redis.hset(rig.keys.table("g1"), mapping={"table": later.model_dump_json(), "turn_no": 4})
        rig.send("g1", events[2])
        wait_for(lambda: bridge._live["g1"].table == later if "g1" in bridge._live else False)
        rig.read_up_to("g1", rig.send("g1", events[3], events[4]))
    assert rig.queued() == [("g1", B, 2), ("g1", D, 4)]
    assert rig.tables.load("g1").table.turn_no == 5


def test_two_bridges_that_have_read_the_same_events_queue_their_turn_once(rig: Rig) -> None:
    rig.begin("g1")
    first, second = Bridge(State.of(rig.settings), "first"), Bridge(State.of(rig.settings), "second")
    try:
        first._share()
        rig.send("g1", *history("g1", 2))
        read_by_first = wait_for(lambda: first._reader.poll(100))
        rig.redis.zrem(rig.keys.bridges, "first")
        second._share()
        second._handle(wait_for(lambda: second._reader.poll(100)))
        first._handle(read_by_first)
        first._share()
        second._share()
    finally:
        first.close()
        second.close()
    assert rig.queued() == [("g1", C, 3)]


@contextmanager
def bridge_process(rig: Rig) -> Iterator["subprocess.Popen[str]"]:
    """A bridge that the test may freeze and kill."""
    with running("cowboy", "bridge", settings=rig.settings, mortal=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
