"""Leftovers are found wherever a game may leave something, and history is none."""

from collections.abc import Callable, Iterator

import pytest

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.topics import TopicNames
from cowboy.chaos.leftovers import Leftovers
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys

pytestmark = pytest.mark.integration

GAME = "a-game-of-ours"


@pytest.fixture
def leftovers(settings: Settings) -> Iterator[Leftovers]:
    leftovers = Leftovers(settings)
    yield leftovers
    leftovers.close()


LEFT: dict[str, Callable[[Redis, Keys], object]] = {
    "a key": lambda redis, keys: redis.set(keys.table(GAME), "x"),
    "a place": lambda redis, keys: redis.hset(keys.seats, f"{GAME} p", "i1"),
    "a bot": lambda redis, keys: redis.hset(keys.bots, "bot", f"{GAME} p"),
    "a lesson": lambda redis, keys: redis.zadd(keys.lessons, {f"{GAME} p": 1}),
    "an assigned game": lambda redis, keys: redis.sadd(keys.games, GAME),
    "a deadline": lambda redis, keys: redis.zadd(keys.arena_deadlines, {GAME: 1}),
    "an event to publish": lambda redis, keys: redis.lpush(keys.arena_outbox, f"GAME_FINISHED {GAME}"),
    "a task": lambda redis, keys: redis.lpush(f"{keys.celery_prefix}bots.i1", "task"),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_is_found(name: str, leftovers: Leftovers, redis: Redis, settings: Settings) -> None:
    assert leftovers.of([GAME]) == []
    LEFT[name](redis, Keys(settings.key_prefix))

    assert len(leftovers.of([GAME])) == 1


def test_a_topic_is_found(leftovers: Leftovers, settings: Settings) -> None:
    topic = TopicNames.of(settings).output_of(GAME)
    with TopicAdmin(settings) as admin:
        admin.create([topic])
        assert leftovers.of([GAME]) == [f"topic {topic}"]
        admin.delete([topic])


def test_history_that_goes_by_itself_and_other_games_are_none(
    leftovers: Leftovers, redis: Redis, settings: Settings
) -> None:
    keys = Keys(settings.key_prefix)
    redis.set(keys.records(GAME), "x", ex=100)
    redis.set(keys.table("another"), "x")

    assert leftovers.of([GAME]) == []


def test_topics_of_finished_games_may_go_now(leftovers: Leftovers, redis: Redis, settings: Settings) -> None:
    keys = Keys(settings.key_prefix)
    redis.zadd(keys.arena_closing, {GAME: 9e15})
    leftovers.hurry()

    assert float(str(redis.zscore(keys.arena_closing, GAME))) < 9e15
