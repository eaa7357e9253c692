"""Instances that die, restart and leave in the middle of games: their bots go on playing, elsewhere if need be."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from cowboy.bus.admin import TopicAdmin
from cowboy.game.words import PlayerName
from cowboy.local.environment import local_settings
from cowboy.local.stack import running_stack
from cowboy.local.supervisor import Supervisor
from cowboy.match.figures import GameFigures
from cowboy.match.runner import MatchPlan, play
from cowboy.settings import Settings
from cowboy.state.client import Redis, connect
from cowboy.state.instances import Instances
from cowboy.state.keys import Keys
from tests.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

INSTANCES = ("i1", "i2", "i3")
PATIENCE_SECONDS = 120.0


@dataclass
class House:
    """A whole system with three instances."""

    settings: Settings
    supervisor: Supervisor
    redis: Redis
    instances: Instances

    def wait_for(self, condition: Callable[[], object]) -> None:
        """With the supervisor at work meanwhile, which starts again what has ended."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        self.supervisor.watch(lambda: bool(condition()) or time.monotonic() > deadline)
        assert condition()

    def pid(self, instance: str) -> int:
        pid = self.supervisor.pid(f"worker-{instance}")
        assert pid is not None
        return pid

    def is_back(self, instance: str, former: int) -> bool:
        return any(live.name == instance and live.pid != former for live in self.instances.live())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    # A second between heartbeats, so that a death is noticed after three.
    wanted = Settings(home=tmp_path_factory.mktemp("house"), heartbeat_seconds=1.0)
    settings = local_settings(wanted, free_ports=True)
    with running_stack(settings, instances=len(INSTANCES)) as supervisor, connect(settings) as redis:
        keys = Keys(settings.key_prefix)
        yield House(settings, supervisor, redis, Instances(redis, keys, settings.dead_after_seconds))


@dataclass
class Matches:
    """Matches of four `random` bots each, played in a thread of their own."""

    plan: MatchPlan
    figures: list[GameFigures] = field(default_factory=list)
    turns: dict[str, int] = field(default_factory=dict)

    @classmethod
    def begin(cls, house: House, games: int, max_turns: int, parallel: int | None = None) -> "Matches":
        matches = cls(
            MatchPlan(
                players=4,
                brains=dict.fromkeys(PlayerName, "random"),
                games=games,
                parallel=parallel or games,
                turn_timeout_seconds=30,
                max_turns=max_turns,
                seed=11,
            )
        )
        threading.Thread(target=matches._play, args=(house.settings,), daemon=True).start()
        return matches

    def _play(self, settings: Settings) -> None:
        for figures in play(settings, self.plan, lambda event: self.turns.update({event.game_id: event.turn_no})):
            self.figures.append(figures)

    @property
    def are_running(self) -> bool:
        return len(self.turns) >= self.plan.parallel and min(self.turns.values()) > 4

    @property
    def are_over(self) -> bool:
        return len(self.figures) == self.plan.games

    def all_went_on(self, since: dict[str, int]) -> bool:
        """Every bot of every game has had a turn since then."""
        return all(self.turns[game_id] > turn + 8 for game_id, turn in since.items())

    @property
    def timeouts(self) -> int:
        return sum(player.timeouts for figures in self.figures for player in figures.players.values())

    @property
    def invalid(self) -> int:
        return sum(player.invalid for figures in self.figures for player in figures.players.values())


def test_the_bots_of_a_killed_instance_act_again_elsewhere_and_the_match_goes_on(house: House) -> None:
    matches = Matches.begin(house, games=3, max_turns=150)
    house.wait_for(lambda: matches.are_running)
    held = house.instances.hosted("i1")
    assert held
    os.kill(house.pid("i1"), signal.SIGKILL)
    # The supervisor is not at work meanwhile: the instance stays dead.
    wait_for(lambda: not house.instances.hosted("i1"), PATIENCE_SECONDS)
    since = dict(matches.turns)
    wait_for(lambda: matches.all_went_on(since) or matches.are_over, PATIENCE_SECONDS)
    assert house.instances.hosted("i1") == []
    house.wait_for(lambda: matches.are_over)
    assert matches.timeouts <= len(held)
    assert matches.invalid == 0


def test_a_restart_of_all_instances_one_after_the_other_costs_no_turn(house: House) -> None:
    house.wait_for(lambda: {live.name for live in house.instances.live()} == set(INSTANCES))
    matches = Matches.begin(house, games=6, max_turns=150)
    house.wait_for(lambda: matches.are_running)
    for instance in INSTANCES:
        former = house.pid(instance)
        os.kill(former, signal.SIGTERM)
        house.wait_for(lambda instance=instance, former=former: house.is_back(instance, former))
        assert house.instances.closed() == {}
    house.wait_for(lambda: matches.are_over)
    assert matches.timeouts == 0
    assert matches.invalid == 0


def test_twenty_games_leave_nothing_behind(house: House) -> None:
    with TopicAdmin(house.settings) as admin:
        house.wait_for(lambda: not left_of(house))
        keys, topics = keys_of(house), set(admin.list())
        matches = Matches.begin(house, games=20, max_turns=6, parallel=10)
        house.wait_for(lambda: matches.are_over)
        assert matches.timeouts == 0
        house.wait_for(lambda: not left_of(house))
        # The embedded broker makes a deleted topic anew when a client asks for it; the arena deletes it again.
        house.wait_for(lambda: set(admin.list()) <= topics)
        assert keys_of(house) <= keys


def keys_of(house: House) -> set[str]:
    """All keys that stay, but for history, which goes away by itself, and the count of leases, which the first game
    brings."""
    keys = Keys(house.settings.key_prefix)
    stored = {str(key) for key in house.redis.scan_iter(f"{keys.prefix}*") if house.redis.ttl(key) == -1}
    return stored - {keys.lease_count}


def left_of(house: House) -> set[str]:
    """What is noted of bots and games where all of them are noted."""
    keys = Keys(house.settings.key_prefix)
    return {
        *(str(seat) for seat in house.redis.hgetall(keys.seats)),
        *(str(bot) for bot in house.redis.hgetall(keys.bots)),
        *(str(seat) for seat in house.redis.zrange(keys.lessons, 0, -1)),
        *(str(game) for game in house.redis.smembers(keys.games)),
        *(str(game) for game in house.redis.smembers(keys.arena_games)),
        *(str(game) for game in house.redis.zrange(keys.arena_closing, 0, -1)),
        *(str(game) for game in house.redis.zrange(keys.talk_closing, 0, -1)),
    }
