"""Presence: instances and bridges send heartbeats, and a silent one does not count."""

import pytest

from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.instances import Instance, Instances, instance_of, queue_of
from cowboy.state.keys import Keys
from cowboy.state.presence import bridges as presence_of_bridges

pytestmark = pytest.mark.integration

ALIVE_SECONDS = 60.0


def instance(name: str, capacity: int = 2) -> Instance:
    return Instance(name=name, capacity=capacity, pool="threads", concurrency=4, pid=7)


def test_an_instance_that_beats_lives_until_it_leaves(settings: Settings, redis: Redis) -> None:
    instances = Instances(redis, Keys(settings.key_prefix), ALIVE_SECONDS)
    assert instances.live() == []
    for name in ("i2", "i1", "i2"):
        instances.beat(instance(name))
    assert instances.live() == [instance("i1"), instance("i2")]
    for _ in range(2):
        instances.leave("i1")
    assert instances.live() == [instance("i2")]


def test_an_instance_that_says_something_new_is_what_it_says_last(settings: Settings, redis: Redis) -> None:
    instances = Instances(redis, Keys(settings.key_prefix), ALIVE_SECONDS)
    instances.beat(instance("i1"))
    instances.beat(instance("i1", capacity=9))
    assert instances.live() == [instance("i1", capacity=9)]


def test_an_instance_whose_last_beat_is_too_old_is_dead_until_it_beats_again(settings: Settings, redis: Redis) -> None:
    keys = Keys(settings.key_prefix)
    instances = Instances(redis, keys, ALIVE_SECONDS)
    instances.beat(instance("i1"))
    redis.zincrby(keys.instance_beats, -ALIVE_SECONDS - 1, "i1")
    assert instances.live() == []
    instances.beat(instance("i1"))
    assert instances.live() == [instance("i1")]


def test_a_bridge_lives_by_the_same_rule(settings: Settings, redis: Redis) -> None:
    keys = Keys(settings.key_prefix)
    bridges = presence_of_bridges(redis, keys, ALIVE_SECONDS)
    bridges.beat("b1")
    bridges.beat("b2")
    assert bridges.live() == ["b1", "b2"]
    redis.zincrby(keys.bridges, -ALIVE_SECONDS - 1, "b1")
    assert bridges.live() == ["b2"]
    for _ in range(2):
        bridges.leave("b2")
    assert bridges.live() == []


@pytest.mark.parametrize("name", ["i1", "a.b", "bots.", "ü"])
def test_an_instance_and_its_queue_name_each_other(name: str) -> None:
    assert instance_of(queue_of(name)) == name


@pytest.mark.parametrize("queue", ["", "celery", "bots", "bots.", "cowboy", "mybots.i1"])
def test_a_queue_for_something_else_has_no_instance(queue: str) -> None:
    assert instance_of(queue) is None
