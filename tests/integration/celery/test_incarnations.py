"""Two incarnations of one instance at once, in real workers: a rolling update, and a name given to two workers."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import pytest

from cowboy.bots.keeper import Keeper
from cowboy.bots.services import Services
from cowboy.models.profiles import Profiles
from cowboy.settings import Settings
from cowboy.state.bindings import Bindings, BindingStatus
from cowboy.state.client import Redis
from cowboy.state.games import AssignedGame, Games
from cowboy.state.instances import Instances, queue_of
from cowboy.state.keys import Keys
from cowboy.state.state import State
from tests.game_manager import game_manager_server
from tests.processes import running
from tests.queues import celery_on
from tests.tables import binding, game
from tests.threads import working
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]

HEARTBEAT_SECONDS = 0.2
SEATS = (0, 1)


@dataclass
class House:
    """A game of two bots on i1, whose workers the test starts; lessons go through real queues."""

    settings: Settings
    redis: Redis

    def __post_init__(self) -> None:
        self.keys = Keys(self.settings.key_prefix)
        self.instances = Instances(self.redis, self.keys, self.settings.dead_after_seconds)
        self.bindings = Bindings(self.redis, self.keys)

    @contextmanager
    def worker(self) -> Iterator[int]:
        """One more worker of i1; its process number, once its heartbeat has come."""
        options = ("-Q", queue_of("i1"), "-n", f"w{id(object())}@%h", "--without-gossip", "--without-mingle")
        with running("celery", "-A", "cowboy", "worker", *options, settings=self.settings, mortal=True) as process:
            wait_for(lambda: process.pid in self.pids(), 60)
            yield process.pid

    def pids(self) -> set[int]:
        """Of all workers that beat as i1."""
        return {one.pid for one in self.instances.incarnations("i1")}

    def owner(self) -> int | None:
        """Of the one that has the name."""
        return next((instance.pid for instance in self.instances.live() if instance.name == "i1"), None)

    def taught(self) -> list[int]:
        """How many lessons each bot has had, if all of them are ready; else nothing."""
        bots = self.bindings.of_game("g1").values()
        return [bot.lesson for bot in bots] if all(bot.status == BindingStatus.READY for bot in bots) else []

    def taught_for(self) -> str | None:
        """The incarnation for which the keeper has seen to it that all bots are taught."""
        return self.redis.hget(self.keys.instance_incarnations, "i1")  # type: ignore[return-value]


@pytest.fixture
def house(settings: Settings, redis: Redis) -> Iterator[House]:
    with game_manager_server() as manager, ExitStack() as stack:
        own = settings.model_copy(
            update={
                "heartbeat_seconds": HEARTBEAT_SECONDS,
                "game_manager_base_url": manager.base_url,
                # A lesson that a worker fetches while it stops may die with it.
                "teach_timeout_seconds": 2.0,
            }
        )
        stack.enter_context(celery_on(own))
        manager.know(game("g1"))
        yield House(own, redis)


@contextmanager
def keeping(house: House) -> Iterator[None]:
    with working(Keeper(State.of(house.settings), "k", Profiles())):
        yield


def seat(house: House) -> None:
    bots = [binding("g1", number, status=BindingStatus.CREATED, lesson=0) for number in SEATS]
    Games(house.redis, house.keys, 60).assign(AssignedGame(game_id="g1", turn_timeout_seconds=60), bots)
    services = Services.of(State(house.settings, house.redis), Profiles())
    for bot in bots:
        house.instances.place("g1", bot.player_id, on="i1")
        services.onboarding.teach(bot)
    wait_for(house.taught)


@pytest.mark.parametrize("keeper_is_away", [True, False])
def test_a_worker_that_starts_before_the_one_it_follows_stops_gets_its_bots(house: House, keeper_is_away: bool) -> None:
    with ExitStack() as stack:
        if not keeper_is_away:
            stack.enter_context(keeping(house))
        with house.worker() as old:
            seat(house)
            new = stack.enter_context(house.worker())
            assert house.owner() == new
            send(old, signal.SIGTERM)
            wait_for(lambda: old not in house.pids(), 60)
        if keeper_is_away:
            stack.enter_context(keeping(house))
        wait_for(lambda: house.taught_for() is not None and house.taught())
        wait_for(lambda: house.owner() == new)
        assert house.instances.closed() == {}
        assert house.instances.taking_bots() == {"i1"}
        assert house.instances.place("g2", "p1") == "i1"
        assert len(house.instances.hosted("i1")) == len(SEATS) + 1


def test_two_workers_of_one_name_are_told_apart_and_their_bots_taught_once(house: House) -> None:
    with keeping(house), house.worker() as first:
        seat(house)
        before = house.taught()
        with house.worker() as second:
            (incarnations,) = house.instances.doubles().values()
            assert [one.pid for one in incarnations] == [second, first]
            assert all(one.host for one in incarnations)
            wait_for(lambda: house.taught() == [lessons + 1 for lessons in before])
            # Several looks of the keeper, and heartbeats of both.
            beats = {pid: beats_of(house, pid) for pid in (first, second)}
            wait_for(lambda: all(beats_of(house, pid) > beats[pid] + 2 for pid in beats))
            assert house.taught() == [lessons + 1 for lessons in before]
            assert house.owner() == second
        wait_for(lambda: house.owner() == first)
        # A lesson went to either of the two, also of those for the first one: what the first knows, it is not told.
        (incarnation,) = house.instances.incarnations("i1")
        wait_for(lambda: house.taught_for() == incarnation.incarnation and house.taught())
        assert all(had + 1 <= has <= had + 2 for had, has in zip(before, house.taught(), strict=True))
        assert house.instances.doubles() == {}


def beats_of(house: House, pid: int) -> float:
    """When a worker was heard of last, in heartbeats."""
    for text in house.redis.hvals(house.keys.incarnations("i1")):
        beat, _, about = str(text).partition(" ")
        if f'"pid":{pid},' in about:
            return float(beat) / HEARTBEAT_SECONDS
    return 0.0


def send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
