"""Places on instances in a real Redis: the least loaded, below capacity as long as there is room, also in races."""

import multiprocessing

import pytest

from cowboy.settings import Settings
from cowboy.state.client import Redis, connect
from cowboy.state.instances import Cordon, Instance, Instances
from cowboy.state.keys import Keys

pytestmark = pytest.mark.integration

ALIVE_SECONDS = 15.0


def instance(name: str, capacity: int = 2) -> Instance:
    return Instance(name=name, capacity=capacity, pool="threads", concurrency=4, pid=7)


def instances_of(settings: Settings, client: Redis) -> Instances:
    return Instances(client, Keys(settings.key_prefix), ALIVE_SECONDS)


@pytest.fixture
def instances(settings: Settings, redis: Redis) -> Instances:
    """Two of them live, each with room for two."""
    made = instances_of(settings, redis)
    for name in ("i1", "i2"):
        made.beat(instance(name))
    return made


def test_bots_go_to_the_least_loaded_one_until_all_are_full_and_beyond(instances: Instances) -> None:
    assert [instances.place("g", f"p{n}") for n in range(6)] == ["i1", "i2"] * 3


def test_room_below_capacity_comes_before_a_smaller_load(instances: Instances) -> None:
    instances.beat(instance("i0", capacity=1))
    assert [instances.place("g", f"p{n}") for n in range(5)] == ["i0", "i1", "i2", "i1", "i2"]


def test_a_bot_keeps_its_place_until_it_is_released(instances: Instances) -> None:
    first = instances.place("g", "p1")
    instances.place("g", "p2")
    assert instances.place("g", "p1") == first
    assert instances.loads() == {"i1": 1, "i2": 1}
    for _ in range(2):
        instances.release("g", "p1")
    assert instances.loads() == {"i2": 1}


def test_a_place_on_a_dead_instance_is_none(instances: Instances, redis: Redis, settings: Settings) -> None:
    assert instances.place("g", "p1") == "i1"
    redis.zincrby(Keys(settings.key_prefix).instance_beats, -ALIVE_SECONDS - 1, "i1")
    assert instances.place("g", "p1") == "i2"
    assert instances.hosted("i1") == []
    assert instances.hosted("i2") == [("g", "p1")]


@pytest.mark.parametrize("closure", list(Cordon))
def test_a_closed_instance_takes_nobody_and_an_open_one_does(instances: Instances, closure: Cordon) -> None:
    instances.close("i1", closure)
    assert instances.closed() == {"i1": closure}
    assert [instances.place("g", f"p{n}") for n in range(3)] == ["i2"] * 3
    instances.open("i1")
    assert instances.place("g", "p4") == "i1"


def test_an_instance_that_cannot_send_gets_bots_only_if_none_can(instances: Instances) -> None:
    instances.beat(instance("i1").model_copy(update={"mute": True}))
    assert instances.taking_bots() == {"i2"}
    assert [instances.place("g", f"p{n}") for n in range(4)] == ["i2"] * 4
    instances.beat(instance("i2").model_copy(update={"mute": True}))
    assert instances.place("g", "p5") == "i1"
    assert instances.place("g", "p0") == "i2", "it keeps its place"


def test_a_bot_goes_where_it_is_wanted_or_nowhere(instances: Instances) -> None:
    assert instances.place("g", "p1", on="i2") == "i2"
    assert instances.move("g", "p1", off="i2") == "i1"
    assert instances.place("g", "p1", on="i9") is None
    assert instances.hosted("i1") == [("g", "p1")]


def test_a_bot_that_has_no_place_any_more_is_neither_moved_nor_put(instances: Instances) -> None:
    assert instances.move("g", "p1", on="i1") is None
    assert instances.move("g", "p1", off="i2") is None
    assert not instances.put("g", "p1", "i1")
    assert instances.loads() == {}
    instances.place("g", "p1", on="i1")
    assert instances.put("g", "p1", "i2")
    assert instances.hosted("i2") == [("g", "p1")]


def test_where_nobody_lives_there_is_no_place(settings: Settings, redis: Redis) -> None:
    assert instances_of(settings, redis).place("g", "p1") is None


def test_managers_that_race_do_not_exceed_capacity(settings: Settings, redis: Redis) -> None:
    made = instances_of(settings, redis)
    for number in range(10):
        made.beat(instance(f"i{number}", capacity=20))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        runs = [pool.apply_async(place_many, (settings, manager)) for manager in range(2)]
        for run in runs:
            run.get(timeout=60)
    assert made.loads() == {f"i{number}": 20 for number in range(10)}


def place_many(settings: Settings, manager: int) -> None:
    """One manager, in a process of its own: a hundred bots."""
    with connect(settings) as client:
        instances = instances_of(settings, client)
        for number in range(100):
            instances.place(f"g{manager}", f"p{number}")
