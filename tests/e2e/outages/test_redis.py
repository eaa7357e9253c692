"""Redis killed, frozen, slow, cut off, full: everything waits, says so, and goes on by itself."""

import time

import httpx
import pytest

from cowboy.local.probes import redis_answers
from tests.e2e.outages.house import OUTAGE_SECONDS, PATIENCE_SECONDS, House, Play
from tests.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


MEGABYTE = 1_000_000


def last(seconds: float, since: float) -> None:
    """An outage has its length."""
    wait_for(lambda: time.monotonic() > since + seconds, 2 * seconds)


def test_after_redis_was_killed_all_games_go_on(house: House) -> None:
    pids = house.pids()
    with Play(house, 2) as play:
        house.kill("redis")
        gone = time.monotonic()
        house.wait_for_trouble("redis")
        last(OUTAGE_SECONDS, gone)
        house.restart("redis")
        wait_for(lambda: redis_answers(house.settings.redis_url))
        house.goes_on(play, "Redis killed", time.monotonic())
    assert house.pids() == pids


@pytest.mark.any_broker
def test_after_redis_was_frozen_all_games_go_on_and_no_bot_was_moved(house: House) -> None:
    pids = house.pids()
    with Play(house, 2) as play:
        hosts = house.redis.hgetall(house.keys.seats)
        with house.frozen("redis"):
            gone = time.monotonic()
            house.wait_for_trouble("redis")
            # Longer than an instance may be silent, and than our clients wait for an answer.
            last(max(9.0, OUTAGE_SECONDS), gone)
        house.goes_on(play, "Redis frozen", time.monotonic())
        assert house.redis.hgetall(house.keys.seats) == hosts
    assert house.pids() == pids


@pytest.mark.any_broker
def test_with_a_slow_redis_games_go_on_slowly(house: House) -> None:
    with Play(house, 1) as play:
        house.proxy.delay_seconds = 0.2
        try:
            play.wait_for_turns(60)
            house.wait_for_trouble("redis")
        finally:
            house.proxy.delay_seconds = 0
        house.goes_on(play, "Redis slow", time.monotonic())


@pytest.mark.any_broker
@pytest.mark.parametrize("trouble", ["strand", "half_close", "cut"])
def test_after_all_connections_to_redis_broke_all_games_go_on(house: House, trouble: str) -> None:
    pids = house.pids()
    with Play(house, 2) as play:
        getattr(house.proxy, trouble)()
        # That nobody is there any more must first be found out, by one process after the other.
        patience_seconds = 1.5 * PATIENCE_SECONDS
        house.goes_on(play, f"connections: {trouble}", time.monotonic(), patience_seconds=patience_seconds)
        # The manager had nothing to do by then; its connections broke as well.
        assert refused(house, play.games[0].game_id) is None
    assert house.pids() == pids


@pytest.mark.any_broker
def test_a_full_redis_refuses_loudly_and_all_games_go_on_when_it_is_not_full_any_more(house: House) -> None:
    pids = house.pids()
    with Play(house, 2) as play:
        game = play.games[0]
        used = house.redis.info("memory")["used_memory"]
        house.redis.set("ballast", "x" * 2 * MEGABYTE)
        house.redis.config_set("maxmemory", used + MEGABYTE)
        try:
            answer = wait_for(lambda: refused(house, game.game_id))
            assert answer.status_code == 503
            assert "Redis is full" in answer.json()["error"]
            assert "maxmemory" in answer.json()["error"]
            house.wait_for_trouble("redis")
            gone = time.monotonic()
            last(OUTAGE_SECONDS, gone)
        finally:
            house.redis.config_set("maxmemory", 0)
            house.redis.delete("ballast")
        house.goes_on(play, "Redis full", time.monotonic())
    assert house.pids() == pids


def refused(house: House, game_id: str) -> httpx.Response | None:
    url = f"{house.settings.bot_manager_base_url}/internal/v3/games/{game_id}/assignments/default"
    answer = httpx.post(url, json={"force_recreate": True}, timeout=60, trust_env=False)
    return None if answer.is_success else answer
