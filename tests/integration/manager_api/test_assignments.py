"""The five endpoints in use, as the contract has them (spec/bot-services.md §3)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.games import AssignedGame, Games
from cowboy.state.instances import Instance, Instances
from cowboy.state.keys import Keys
from manager_api.app import create_app
from tests.game_manager import GameManagerServer
from tests.integration.manager_api.conftest import GAME
from tests.tables import IDS, binding, game

pytestmark = pytest.mark.integration

A, B, C, D = IDS
BASE = f"/internal/v3/games/{GAME}"
DEFAULT = f"{BASE}/assignments/default"
EXPLICIT = f"{BASE}/assignments"
STOP = f"{BASE}/bots/stop"

Json = dict[str, object]


def post(api: FlaskClient, path: str, body: Json, status: int = 200) -> Json:
    answer = api.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json


def bots_of(answer: Json) -> dict[str, str]:
    """Player → bot."""
    return {binding["player_id"]: binding["bot_id"] for binding in answer["bindings"]}


def plan(humans: str = A, bots: tuple[str, ...] = (B, C, D), **more: object) -> Json:
    return {"human_player_ids": list(humans and [humans]), "bot_player_ids": list(bots), **more}


def test_the_default_seats_a_person_at_a_and_bots_everywhere_else(api: FlaskClient) -> None:
    answer = post(api, DEFAULT, {"game_guide_version": "v7"})
    bots = answer.pop("bindings")
    assert answer == {
        "assigned": True,
        "game_id": GAME,
        "humans": [{"player_name": "A", "player_id": A}],
    }
    assert [(bot["player_name"], bot["player_id"]) for bot in bots] == [("B", B), ("C", C), ("D", D)]
    for bot in bots:
        assert bot.keys() == {
            *("player_name", "player_id", "bot_id", "bot_service_base_url", "status", "game_guide_version"),
        }
        assert bot["bot_id"].startswith("bot-")
        assert bot["bot_service_base_url"] in {"celery://i1", "celery://i2"}
        assert (bot["status"], bot["game_guide_version"]) == ("READY", "v7")
    assert len({bot["bot_id"] for bot in bots}) == 3


def test_the_guide_version_is_that_of_the_server_when_none_is_named(api: FlaskClient, settings: Settings) -> None:
    (bot,) = post(api, EXPLICIT, plan(bots=(B,)))["bindings"]
    assert bot["game_guide_version"] == settings.game_guide_version


def test_what_was_assigned_can_be_shown(api: FlaskClient) -> None:
    assigned = post(api, DEFAULT, {})
    assert api.get(EXPLICIT).json == {name: value for name, value in assigned.items() if name != "assigned"}


def test_a_plan_seats_whom_it_names_in_the_order_of_the_seats(api: FlaskClient) -> None:
    answer = post(api, EXPLICIT, plan(humans=C, bots=(D, A, A)))
    assert answer["humans"] == [{"player_name": "C", "player_id": C}]
    assert [bot["player_id"] for bot in answer["bindings"]] == [A, D]


def test_a_new_plan_replaces_the_old_one_and_keeps_the_bots_that_stay(api: FlaskClient) -> None:
    before = bots_of(post(api, EXPLICIT, plan()))
    after = bots_of(post(api, EXPLICIT, plan(bots=(C,))))
    assert after == {C: before[C]}


def test_a_plan_without_bots_leaves_none(api: FlaskClient, redis: Redis, settings: Settings) -> None:
    post(api, EXPLICIT, plan())
    assert post(api, EXPLICIT, plan(bots=()))["bindings"] == []
    assert Games(redis, Keys(settings.key_prefix), 60).live() == set()


def test_a_plan_made_again_changes_nothing(api: FlaskClient) -> None:
    assert post(api, DEFAULT, {}) == post(api, DEFAULT, {})
    assert post(api, DEFAULT, {"game_guide_version": "v9"})["bindings"][0]["game_guide_version"] == "v1"


def test_bots_that_are_made_anew_keep_their_ids_and_their_instances(api: FlaskClient) -> None:
    before = post(api, DEFAULT, {})
    after = post(api, DEFAULT, {"force_recreate": True, "game_guide_version": "v2"})
    assert bots_of(after) == bots_of(before)
    assert [bot["bot_service_base_url"] for bot in after["bindings"]] == [
        bot["bot_service_base_url"] for bot in before["bindings"]
    ]
    assert {bot["game_guide_version"] for bot in after["bindings"]} == {"v2"}


def test_a_bot_that_is_made_anew_leaves_an_instance_that_is_dead(api: FlaskClient, instances: Instances) -> None:
    post(api, DEFAULT, {})
    instances.leave("i1")
    after = post(api, DEFAULT, {"force_recreate": True})
    assert {bot["bot_service_base_url"] for bot in after["bindings"]} == {"celery://i2"}


def test_a_default_that_is_not_to_be_applied_makes_no_bots_and_keeps_those_that_are(api: FlaskClient) -> None:
    assert post(api, DEFAULT, {"apply_immediately": False})["bindings"] == []
    made = post(api, EXPLICIT, plan(bots=(C,)))
    kept = post(api, DEFAULT, {"apply_immediately": False})
    assert bots_of(kept) == bots_of(made)


def test_stopping_counts_the_bots_once(api: FlaskClient) -> None:
    post(api, DEFAULT, {})
    first = post(api, STOP, {"reason": "enough"})
    assert first == {"stopped": True, "game_id": GAME, "destroyed_bot_count": 3}
    assert post(api, STOP, {}) == first | {"destroyed_bot_count": 0}
    assert api.get(EXPLICIT).status_code == 404


def test_bots_of_an_unknown_game_can_be_stopped(api: FlaskClient) -> None:
    answer = post(api, "/internal/v3/games/nobody/bots/stop", {})
    assert answer == {"stopped": True, "game_id": "nobody", "destroyed_bot_count": 0}


def test_stopping_leaves_no_key_behind(api: FlaskClient, redis: Redis, settings: Settings) -> None:
    post(api, DEFAULT, {})
    post(api, STOP, {})
    assert list(redis.scan_iter(f"{settings.key_prefix}*{GAME}*")) == []


def test_the_health_route_says_who_it_is(api: FlaskClient) -> None:
    assert api.get("/health").json == {"ok": True, "service": "bot-manager-service"}


def test_a_game_without_records_has_no_turns(api: FlaskClient) -> None:
    assert api.get(f"{BASE}/turns").json == {"game_id": GAME, "turns": []}


@pytest.mark.parametrize(
    ("path", "body", "status", "text"),
    [
        (EXPLICIT, plan(A, (A, B)), 400, "human_player_ids and bot_player_ids must not overlap"),
        (EXPLICIT, plan(A, ("stranger",)), 400, "player_id stranger does not belong to game"),
        (EXPLICIT, plan("stranger", (B,)), 400, "player_id stranger does not belong to game"),
        ("/internal/v3/games/nobody/assignments", plan(), 404, "game nobody not found"),
        ("/internal/v3/games/nobody/assignments/default", {}, 404, "game nobody not found"),
        (
            DEFAULT,
            {"brains": {"B": "genius"}},
            400,
            "brains.B: there is no brain 'genius'; there are ",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_the_words_of_the_contract(
    api: FlaskClient, path: str, body: Json, status: int, text: str
) -> None:
    assert str(post(api, path, body, status)["error"]).startswith(text)
    assert api.get(EXPLICIT).status_code == 404


def test_an_assignment_that_was_never_made_is_not_found(api: FlaskClient) -> None:
    answer = api.get(EXPLICIT)
    assert (answer.status_code, answer.json) == (404, {"error": f"no assignments for game {GAME}"})


def test_a_plan_that_fails_leaves_the_old_one(api: FlaskClient) -> None:
    before = post(api, DEFAULT, {})
    post(api, EXPLICIT, plan(A, ("stranger",)), 400)
    post(api, DEFAULT, {"brains": {"B": "genius"}, "force_recreate": True}, 400)
    assert api.get(EXPLICIT).json["bindings"] == before["bindings"]


@pytest.mark.parametrize(
    ("trouble", "text"),
    [
        (500, f"manager returned 500 for game {GAME}"),
        (302, f"manager returned 302 for game {GAME}"),
        (b"<html>", "invalid manager response: "),
        (b"{}", "invalid manager response: "),
    ],
)
def test_a_game_manager_in_trouble_is_a_bad_gateway(
    api: FlaskClient, game_manager: GameManagerServer, trouble: int | bytes, text: str
) -> None:
    game_manager.answers[GAME] = trouble
    assert str(post(api, DEFAULT, {}, 502)["error"]).startswith(text)


def test_a_game_manager_that_is_not_there_is_a_bad_gateway(settings: Settings, instances: Instances) -> None:
    app = create_app(settings.model_copy(update={"game_manager_base_url": "http://127.0.0.1:1"}))
    assert str(post(app.test_client(), DEFAULT, {}, 502)["error"]).startswith("manager request failed: ")


def test_a_redis_that_is_not_there_is_a_bad_gateway(settings: Settings) -> None:
    api = create_app(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})).test_client()
    for answer in (api.post(DEFAULT, json={}), api.post(STOP, json={}), api.get(EXPLICIT), api.get(f"{BASE}/turns")):
        assert answer.status_code == 502
        assert "ConnectionError" in answer.json["error"]


def test_without_a_live_instance_no_bot_is_bound(api: FlaskClient, instances: Instances) -> None:
    for name in ("i1", "i2"):
        instances.leave(name)
    assert str(post(api, DEFAULT, {}, 502)["error"]).startswith("no live worker instance")
    assert post(api, EXPLICIT, plan(bots=()))["bindings"] == []


def test_bots_go_to_the_instance_with_the_least(api: FlaskClient, redis: Redis, settings: Settings) -> None:
    games = Games(redis, Keys(settings.key_prefix), 60)
    games.assign(AssignedGame(game_id="other", turn_timeout_seconds=60), [binding("other", 1, instance="i1")])
    answer = post(api, DEFAULT, {})
    hosts = sorted(bot["bot_service_base_url"] for bot in answer["bindings"])
    assert hosts == ["celery://i1", "celery://i2", "celery://i2"]


def test_capacity_is_a_target_and_no_reason_to_refuse(
    api: FlaskClient, instances: Instances, game_manager: GameManagerServer
) -> None:
    instances.beat(Instance(name="big", capacity=3, pool="threads", concurrency=4, pid=7))
    hosts: list[str] = []
    for game_id in (f"g{number}" for number in range(4)):
        game_manager.know(game(game_id))
        answer = post(api, f"/internal/v3/games/{game_id}/assignments/default", {})
        hosts += [bot["bot_service_base_url"].removeprefix("celery://") for bot in answer["bindings"]]
    first = hosts[:7]
    assert sorted(first) == ["big"] * 3 + ["i1"] * 2 + ["i2"] * 2
    assert {hosts.count(name) for name in ("big", "i1", "i2")} == {4}


def test_brains_and_seed_go_to_the_bots_they_are_for(api: FlaskClient, redis: Redis, settings: Settings) -> None:
    post(api, DEFAULT, {"brains": {"C": "random"}, "seed": 7})
    stored = redis.hgetall(Keys(settings.key_prefix).bindings(GAME))
    assert dict.fromkeys((B, D), settings.brain) | {C: "random"} == {
        player: brain_in(item) for player, item in stored.items()
    }
    assert all('"seed":7' in item for item in stored.values())


def brain_in(stored: str) -> str:
    return stored.partition('"brain":"')[2].partition('"')[0]


def test_assignments_of_one_game_at_the_same_time_agree_on_one_set_of_bots(
    settings: Settings, instances: Instances
) -> None:
    apps = [create_app(settings) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: post(apps[number % 2].test_client(), DEFAULT, {}), range(16)))
    assert len({tuple(sorted(bots_of(answer).items())) for answer in answers}) == 1
