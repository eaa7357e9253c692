"""Due times with a real Redis: what one keeper looks at, no other does, and nobody's word on a turn is lost."""

import pytest

from cowboy.game.outcomes import Role
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.due import HOLD_MS, Due, Overdue
from cowboy.state.keys import Keys
from tests.integration.state.test_turns import TURN, a_command, claimed, open_turn, turns_of

pytestmark = pytest.mark.integration

LATER_MS = 10**14


@pytest.fixture
def keys(settings: Settings) -> Keys:
    return Keys(settings.key_prefix)


@pytest.fixture
def due(settings: Settings, redis: Redis, keys: Keys) -> Due:
    open_turn(settings, redis)
    redis.zadd(keys.due, {"g1": 0})
    return Due(redis, keys)


def taken(due: Due) -> Overdue:
    (overdue,) = due.take(10)
    return overdue


def test_a_turn_that_one_keeper_looks_at_no_other_is_given(due: Due, redis: Redis, keys: Keys) -> None:
    assert taken(due).turn == TURN
    assert due.take(10) == []


@pytest.mark.parametrize(("when", "score"), [(LATER_MS, LATER_MS), (None, None)])
def test_a_keeper_that_has_looked_says_when_to_look_again(
    due: Due, redis: Redis, keys: Keys, when: int | None, score: float | None
) -> None:
    due.postpone(taken(due), when)
    assert redis.zscore(keys.due, "g1") == score


@pytest.mark.parametrize("when", [LATER_MS, None])
@pytest.mark.parametrize("action", ["claimed", "published", "opened"])
def test_what_was_done_meanwhile_is_not_put_off(
    due: Due, settings: Settings, redis: Redis, keys: Keys, action: str, when: int | None
) -> None:
    turns = turns_of(settings, redis)
    claim = claimed(turns, "w1") if action == "published" else None
    redis.zadd(keys.due, {"g1": 0})
    overdue = taken(due)
    if action == "claimed":
        turns.claim(TURN, "w1", Role.WORKER)
    elif claim is not None:
        turns.decide(claim, a_command())
        turns.publish(TURN, a_command(), "{}")
    else:
        open_turn(settings, redis, turn_no=2)
    set_by_it = redis.zscore(keys.due, "g1")
    assert set_by_it != overdue.now_ms + HOLD_MS
    due.postpone(overdue, when)
    assert redis.zscore(keys.due, "g1") == set_by_it


def test_a_keeper_that_looked_for_too_long_leaves_the_turn_to_the_next(due: Due, redis: Redis, keys: Keys) -> None:
    slow = taken(due)
    redis.zadd(keys.due, {"g1": 0})  # as when the hold is over
    due.postpone(slow, None)
    assert taken(due).turn == TURN


def test_a_game_that_was_forgotten_is_not_due_again(due: Due, redis: Redis, keys: Keys) -> None:
    overdue = taken(due)
    redis.zrem(keys.due, "g1")
    due.postpone(overdue, LATER_MS)
    assert redis.zscore(keys.due, "g1") is None
