"""The broker, the game manager or the workers away: nothing hangs, and all goes on by itself."""

import time

import httpx
import pytest

from cowboy.local.probes import http_answers
from tests.e2e.outages.house import OUTAGE_SECONDS, PATIENCE_SECONDS, House, Play
from tests.e2e.outages.test_redis import last
from tests.waiting import wait_for

BOTS = 3
"""In each game."""

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def test_after_the_broker_was_frozen_all_games_go_on(house: House) -> None:
    pids = house.pids()
    with Play(house, 2) as play:
        with house.frozen(*house.broker_names):
            gone = time.monotonic()
            house.wait_for_trouble("broker")
            last(max(6.0, OUTAGE_SECONDS), gone)
        house.goes_on(play, "broker frozen", time.monotonic())
    assert house.pids() == pids


def test_after_the_broker_was_killed_and_came_back_all_games_go_on(house: House) -> None:
    """The embedded one comes back empty."""
    pids = house.pids()
    with Play(house, 2) as play:
        house.kill(*house.broker_names)
        gone = time.monotonic()
        house.wait_for_trouble("broker")
        last(OUTAGE_SECONDS, gone)
        house.restart(*house.broker_names)
        wait_for(lambda: all(service.ready() for service in house.brokers.services))
        house.goes_on(play, "broker killed", time.monotonic())
    assert house.pids() == pids


@pytest.mark.any_broker
def test_without_the_game_manager_an_assignment_is_refused_in_time_and_the_keeper_works_on(house: House) -> None:
    with Play(house, 2) as play:
        with house.frozen("arena"):
            house.wait_for_trouble("game_manager")
            url = f"{house.settings.bot_manager_base_url}/internal/v3/games/{play.games[0].game_id}/assignments/default"
            answer = httpx.post(url, json={}, timeout=3 * house.settings.http_timeout_seconds, trust_env=False)
            assert (answer.status_code, "manager request failed" in answer.json()["error"]) == (502, True)
            assert {"keeper", "bridge"}.isdisjoint(house.troubles())
        house.goes_on(play, "game manager frozen", time.monotonic())
        former = house.supervisor.pid("arena")
        house.kill("arena")
        house.wait_for_trouble("game_manager")
        house.restart("arena")
        assert house.supervisor.pid("arena") != former
        wait_for(lambda: http_answers(house.settings.game_manager_bind, "/health"))
        house.goes_on(play, "game manager killed", time.monotonic())


@pytest.mark.any_broker
def test_with_no_bridge_left_the_keeper_notices_the_turns_until_one_is_back(house: House) -> None:
    with Play(house, 2) as play:
        house.kill("bridge")
        try:
            house.wait_for_trouble("bridge")
            wait_for(lambda: house.troubles()["bridge"]["why"] == "none is live: keepers stand in")
            play.wait_for_turns(60)
        finally:
            house.restart("bridge")
        house.goes_on(play, "bridge killed", time.monotonic())


@pytest.mark.any_broker
def test_turns_that_no_worker_takes_are_played_by_a_keeper_and_do_not_pile_up(house: House) -> None:
    with Play(house, 2) as play:
        with house.frozen("worker-i1"), house.frozen("worker-i2"):
            before = {game.game_id: play.shown(game) for game in play.games}
            wait_for(lambda: all(play.shown(game) > before[game.game_id] + 3 for game in play.games), 60)
            after = {game.game_id: play.shown(game) for game in play.games}
            turns = sum(after[game_id] - before[game_id] + 1 for game_id in after)
            lessons = 2 * BOTS * len(play.games)
            assert 0 < house.queued() <= turns + lessons
        house.goes_on(play, "workers frozen", time.monotonic())
        wait_for(lambda: house.queued() == 0, PATIENCE_SECONDS)
        passed = {(game_id, turn) for game_id in after for turn in range(before[game_id] + 1, after[game_id])}
        sent = play.commands()
        assert passed & sent.keys()
        # Nothing is sent a second time: a worker that comes back leaves old turns alone.
        assert all(len(messages) == 1 for messages in sent.values())
