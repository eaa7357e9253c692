"""A rolling update of one instance: in any order the new incarnation ends up open, with its bots, taught once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from cowboy.bots.keeper import Keeper
from cowboy.models.profiles import Profiles
from cowboy.settings import Settings
from cowboy.state.bindings import Bindings
from cowboy.state.client import Redis
from cowboy.state.games import AssignedGame, Games
from cowboy.state.instances import Instance, Instances
from cowboy.state.keys import Keys
from cowboy.state.state import State
from tests.game_manager import GameManagerServer, game_manager_server
from tests.queues import celery_on
from tests.tables import binding, game

pytestmark = pytest.mark.integration

OLD = Instance(name="i1", capacity=4, pool="threads", concurrency=4, pid=1, incarnation="old", began_ms=1_000)
NEW = OLD.model_copy(update={"pid": 2, "incarnation": "new", "began_ms": 2_000})
LEAVING = OLD.model_copy(update={"leaving": True})


@pytest.fixture
def manager(settings: Settings) -> Iterator[GameManagerServer]:
    with game_manager_server() as server, celery_on(settings):
        server.know(game("g1"))
        yield server


@contextmanager
def keeper_of(settings: Settings) -> Iterator[Keeper]:
    keeper = Keeper(State.of(settings), "k", Profiles())
    try:
        yield keeper
    finally:
        keeper.close()


@st.composite
def courses(draw: st.DrawFn) -> list[str]:
    """What the old incarnation does, in its order, among what the new one does, in its; a keeper looks now and then."""
    old, new = ["old beats", "old drains", "old drains", "old leaves"], ["new beats", "new beats"]
    course: list[str] = []
    while old or new:
        course.append((old if old and (not new or draw(st.booleans())) else new).pop(0))
        if draw(st.booleans()):
            course.append("keeper looks")
    return course


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(course=courses())
def test_the_new_life_of_an_instance_gets_its_bots_in_every_order_of_events(
    course: list[str], settings: Settings, redis: Redis, manager: GameManagerServer
) -> None:
    own = settings.model_copy(update={"game_manager_base_url": manager.base_url})
    keys = Keys(own.key_prefix)
    for key in redis.scan_iter(f"{own.key_prefix}*"):
        redis.delete(key)
    instances = Instances(redis, keys, own.dead_after_seconds)
    with keeper_of(own) as keeper:
        deeds: dict[str, Callable[[], object]] = {
            "old beats": lambda: instances.beat(OLD),
            "old drains": lambda: instances.beat(LEAVING),
            "old leaves": lambda: instances.leave("i1", OLD.incarnation),
            "new beats": lambda: instances.beat(NEW),
            "keeper looks": keeper._tend_instances,
        }
        instances.beat(OLD)
        bots = [binding("g1", seat, taught_by=OLD.incarnation) for seat in (0, 1)]
        Games(redis, keys, 60).assign(AssignedGame(game_id="g1", turn_timeout_seconds=60), bots)
        for bot in bots:
            instances.place("g1", bot.player_id, on="i1")
        for action in (*course, "keeper looks", "keeper looks"):
            deeds[action]()
    assert instances.live() == [NEW]
    assert instances.closed() == {}
    assert instances.taking_bots() == {"i1"}
    assert {bot.instance for bot in Bindings(redis, keys).of_game("g1").values()} == {"i1"}
    assert {bot.lesson for bot in Bindings(redis, keys).of_game("g1").values()} == {2}
    assert instances.place("g2", "p1") == "i1"


@pytest.mark.parametrize("last", [OLD, NEW])
def test_the_later_of_two_lives_has_the_name_even_if_the_other_beats_last(
    settings: Settings, redis: Redis, last: Instance
) -> None:
    instances = Instances(redis, Keys(settings.key_prefix), settings.dead_after_seconds)
    for incarnation in (NEW, OLD, NEW, OLD, last):
        assert instances.beat(incarnation)[0] == (OLD if instances.incarnations("i1") == [OLD] else NEW)
    assert instances.live() == [NEW]
    assert instances.doubles() == {"i1": [NEW, OLD]}


def test_the_earlier_of_two_lives_takes_the_name_when_the_later_is_about_to_stop(
    settings: Settings, redis: Redis
) -> None:
    instances = Instances(redis, Keys(settings.key_prefix), settings.dead_after_seconds)
    for incarnation in (OLD, NEW, NEW.model_copy(update={"leaving": True})):
        instances.beat(incarnation)
    assert instances.live() == [OLD]
    assert instances.closed() == {}
    assert instances.doubles() == {}
    instances.leave("i1", NEW.incarnation)
    assert instances.live() == instances.incarnations("i1") == [OLD]


def test_the_earlier_of_two_lives_takes_the_name_when_the_later_is_silent(settings: Settings, redis: Redis) -> None:
    keys = Keys(settings.key_prefix)
    instances = Instances(redis, keys, settings.dead_after_seconds)
    for incarnation in (OLD, NEW):
        instances.beat(incarnation)
    beat, _, about = str(redis.hget(keys.incarnations("i1"), "new")).partition(" ")
    redis.hset(keys.incarnations("i1"), "new", f"{float(beat) - settings.dead_after_seconds - 1:.6f} {about}")
    instances.beat(OLD)
    assert instances.live() == [OLD]
