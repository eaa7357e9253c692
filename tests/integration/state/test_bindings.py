"""Bindings in a real Redis: their steps are checked, and the slower of two changes gives way."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from cowboy.errors import Conflict
from cowboy.settings import Settings
from cowboy.state.bindings import Binding, Bindings, BindingStatus
from cowboy.state.client import Redis
from cowboy.state.games import AssignedGame, Games
from cowboy.state.keys import Keys
from tests.tables import IDS, binding

pytestmark = pytest.mark.integration

CREATED, TEACHING, READY, STOPPED, FAILED = BindingStatus
STEPS = {
    (CREATED, TEACHING),
    (CREATED, FAILED),
    (CREATED, STOPPED),
    (TEACHING, TEACHING),
    (TEACHING, READY),
    (TEACHING, FAILED),
    (TEACHING, STOPPED),
    (READY, TEACHING),
    (READY, STOPPED),
    (FAILED, TEACHING),
    (FAILED, STOPPED),
}


@pytest.fixture
def bindings(settings: Settings, redis: Redis) -> Bindings:
    return Bindings(redis, Keys(settings.key_prefix))


def seat(settings: Settings, redis: Redis, bot: Binding) -> None:
    games = Games(redis, Keys(settings.key_prefix), 60)
    games.assign(AssignedGame(game_id=bot.game_id, turn_timeout_seconds=60), [bot])


@pytest.mark.parametrize(("before", "after"), list(product(BindingStatus, BindingStatus)))
def test_only_the_steps_of_the_drawing_are_taken(
    settings: Settings, redis: Redis, bindings: Bindings, before: BindingStatus, after: BindingStatus
) -> None:
    bot = binding("g1", 0, status=before)
    seat(settings, redis, bot)
    if (before, after) in STEPS:
        assert bindings.change("g1", IDS[0], lambda bot: bot.moved_to(after)).status == after
        assert bindings.get("g1", IDS[0]).status == after
    else:
        with pytest.raises(Conflict, match=f"cannot go from {before} to {after}"):
            bindings.change("g1", IDS[0], lambda bot: bot.moved_to(after))
        assert bindings.get("g1", IDS[0]) == bot


def test_an_edit_may_leave_everything_as_it_is(settings: Settings, redis: Redis, bindings: Bindings) -> None:
    seat(settings, redis, binding("g1", 0))
    before = bindings.get("g1", IDS[0])
    assert bindings.change("g1", IDS[0], lambda _: None) is None
    assert bindings.get("g1", IDS[0]) == before


def test_where_no_bot_sits_nothing_is_changed(bindings: Bindings) -> None:
    assert bindings.change("g1", IDS[0], lambda bot: bot.moved_to(READY)) is None


def test_no_change_is_lost_among_many(settings: Settings, redis: Redis, bindings: Bindings) -> None:
    seat(settings, redis, binding("g1", 0, lesson=0))

    def count(_: int) -> None:
        bindings.change("g1", IDS[0], lambda bot: bot.with_changes(lesson=bot.lesson + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(60)))
    assert bindings.get("g1", IDS[0]).lesson == 60


def test_a_seed_of_63_bits_comes_back_as_it_was(settings: Settings, redis: Redis, bindings: Bindings) -> None:
    seat(settings, redis, binding("g1", 0, seed=2**63 - 1, status=CREATED))
    bindings.change("g1", IDS[0], lambda bot: bot.moved_to(TEACHING))
    assert bindings.get("g1", IDS[0]).seed == 2**63 - 1


def test_who_waits_for_a_change_is_woken_by_it(settings: Settings, redis: Redis, bindings: Bindings) -> None:
    bot = binding("g1", 0, status=TEACHING)
    seat(settings, redis, bot)
    with bindings.changes("g1") as wait, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait, 1_000.0)
        bindings.change("g1", bot.player_id, lambda present: present.moved_to(READY))
        waiting.result(30)
        wait(0.01)  # and by nothing else
    with bindings.changes("g1") as wait:
        wait(0.01)
