"""Redis's clock as a process tells it, whatever the clock of its machine says."""

import time
from datetime import UTC, datetime

import pytest
import structlog

from cowboy.errors import StateError
from cowboy.liveness.vitals import Vitals, beating
from cowboy.settings import Settings
from cowboy.state.client import Redis, connect
from cowboy.state.clock import RedisClock
from cowboy.state.keys import Keys
from cowboy.state.processes import SKEW_MATTERS_SECONDS, Processes
from cowboy.state.state import State
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("ahead", [-90.0, 0.0, 90.0])
def test_it_shows_redis_time_and_says_how_wrong_the_machine_is(redis: Redis, ahead: float) -> None:
    clock = RedisClock(redis, wall=lambda: time.time() + ahead)
    assert abs((clock.now() - datetime.now(UTC)).total_seconds() - ahead) < 1, "nothing is known of Redis yet"
    assert abs(clock.look() - ahead) < 1
    seconds, _ = redis.time()
    assert abs(clock.now().timestamp() - seconds) < 2


def test_it_goes_on_while_redis_is_away(settings: Settings, redis: Redis) -> None:
    clock = RedisClock(connect(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}), retries=0))
    with pytest.raises(StateError):
        clock.look()
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 1


def test_a_clock_that_becomes_wrong_or_right_is_logged_once(settings: Settings, redis: Redis) -> None:
    vitals = Vitals(State(settings, redis), "bridge", "b1")
    skews = [0.0, 2 * SKEW_MATTERS_SECONDS, 3 * SKEW_MATTERS_SECONDS, 0.0, 0.0]
    vitals.clock._wall = lambda: time.time() + skews[0]
    with structlog.testing.capture_logs() as lines:
        while skews:
            vitals.beat()
            skews.pop(0)
    assert [line["event"] for line in lines] == ["clock_skewed", "clock_in_step"]


def test_a_process_is_known_while_it_beats(settings: Settings, redis: Redis) -> None:
    processes = Processes(redis, Keys(settings.key_prefix), settings.dead_after_seconds)
    with beating(Vitals(State(settings, redis), "manager", "m1"), 0.01):
        (sheet,) = wait_for(processes.live)
        assert (sheet.kind, sheet.name, sheet.is_skewed) == ("manager", "m1", False)
    assert processes.live() == []


def test_a_process_that_died_without_a_word_is_forgotten_by_the_others(settings: Settings, redis: Redis) -> None:
    keys = Keys(settings.key_prefix)
    Vitals(State(settings, redis), "manager", "m1").beat()
    redis.zincrby(keys.process_beats, -settings.dead_after_seconds - 1, "m1")
    Vitals(State(settings, redis), "manager", "m2").beat()
    assert set(redis.hkeys(keys.processes)) == {"m2"}
