"""Assignments, as docs/rest.md describes them, with bots that are ready when they say so."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from cowboy.celery.dispatch import send_lesson
from cowboy.errors import StateError
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.games import Games
from cowboy.state.instances import Instance, Instances
from cowboy.state.keys import Keys
from manager_api.app import create_app
from tests.game_manager import GameManagerServer
from tests.integration.manager_api.conftest import GAME, Json, post
from tests.tables import IDS, game

pytestmark = pytest.mark.integration

A, B, C, D = IDS
BASE = f"/internal/v3/games/{GAME}"
DEFAULT = f"{BASE}/assignments/default"
EXPLICIT = f"{BASE}/assignments"
STOP = f"{BASE}/bots/stop"


def bots_of(answer: Json) -> dict[str, str]:
    """Player → bot."""
    return {binding["player_id"]: binding["bot_id"] for binding in answer["bindings"]}


def plan(humans: str = A, bots: tuple[str, ...] = (B, C, D), **more: object) -> Json:
    return {"human_player_ids": list(humans and [humans]), "bot_player_ids": list(bots), **more}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Plain seats: an answer names no character (`test_characters`)."""
    return settings.model_copy(update={"characters": "off"})


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


def test_a_plan_without_bots_leaves_none_and_is_not_forgotten(
    api: FlaskClient, redis: Redis, settings: Settings
) -> None:
    keys = Keys(settings.key_prefix)
    post(api, EXPLICIT, plan())
    assert post(api, EXPLICIT, plan(bots=()))["bindings"] == []
    assert Games(redis, keys, 60).live() == {GAME}
    assert not redis.exists(keys.bindings(GAME), keys.bots, keys.seats, keys.lessons)


def test_a_plan_made_again_changes_nothing(api: FlaskClient, redis: Redis, settings: Settings) -> None:
    first = post(api, DEFAULT, {})
    before = redis.hgetall(Keys(settings.key_prefix).bindings(GAME))
    assert post(api, DEFAULT, {}) == first
    assert redis.hgetall(Keys(settings.key_prefix).bindings(GAME)) == before


def test_another_version_is_taught_to_the_bots_that_are_there(api: FlaskClient) -> None:
    before = post(api, DEFAULT, {})
    after = post(api, DEFAULT, {"game_guide_version": "v9"})
    assert bots_of(after) == bots_of(before)
    assert {(bot["status"], bot["game_guide_version"]) for bot in after["bindings"]} == {("READY", "v9")}


def test_bots_that_do_not_acknowledge_are_not_called_ready(deaf: FlaskClient) -> None:
    assert {bot["status"] for bot in post(deaf, DEFAULT, {})["bindings"]} == {"TEACHING"}
    assert {bot["status"] for bot in deaf.get(EXPLICIT).json["bindings"]} == {"TEACHING"}


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


def test_stopping_leaves_nothing_but_the_stopped_bots_for_a_while(
    api: FlaskClient, redis: Redis, settings: Settings
) -> None:
    keys = Keys(settings.key_prefix)
    post(api, DEFAULT, {})
    post(api, STOP, {})
    left = set(redis.scan_iter(f"{settings.key_prefix}*{GAME}*"))
    assert left == {keys.stopped(GAME), keys.ended(GAME)}
    assert all(0 < redis.ttl(key) <= settings.history_ttl_seconds for key in left)
    assert not redis.exists(keys.bots, keys.seats, keys.lessons, keys.games)


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
            "brain of seat B: there is none of that name; there are ",
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


def on_a_ragged_map() -> bytes:
    """A game as a backend that takes any map shows it."""
    shown = json.loads(game(GAME).to_json())
    shown["state"]["map"]["cells"][1] = [0, 0]
    return json.dumps(shown).encode()


def test_a_game_on_a_ragged_map_is_for_people_and_no_bots(api: FlaskClient, game_manager: GameManagerServer) -> None:
    game_manager.answers[GAME] = on_a_ragged_map()
    seats = post(api, EXPLICIT, {"human_player_ids": list(IDS), "bot_player_ids": [], "force_recreate": True})
    assert ([human["player_id"] for human in seats["humans"]], seats["bindings"]) == (list(IDS), [])
    assert "map" in post(api, EXPLICIT, plan(), 400)["error"]
    assert "map" in post(api, DEFAULT, {}, 400)["error"]


def test_a_game_manager_that_is_not_there_is_a_bad_gateway(settings: Settings, instances: Instances) -> None:
    app = create_app(settings.model_copy(update={"game_manager_base_url": "http://127.0.0.1:1"}))
    assert str(post(app.test_client(), DEFAULT, {}, 502)["error"]).startswith("manager request failed: ")


def test_a_redis_that_is_not_there_is_a_bad_gateway(settings: Settings) -> None:
    api = create_app(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})).test_client()
    for answer in (api.post(DEFAULT, json={}), api.post(STOP, json={}), api.get(EXPLICIT), api.get(f"{BASE}/turns")):
        assert answer.status_code == 502
        assert "Redis does not answer" in answer.json["error"]


def test_without_a_live_instance_no_bot_is_bound(api: FlaskClient, instances: Instances) -> None:
    for name in ("i1", "i2"):
        instances.leave(name)
    assert str(post(api, DEFAULT, {}, 502)["error"]).startswith("no live worker instance")
    assert post(api, EXPLICIT, plan(bots=()))["bindings"] == []


def test_bots_go_to_the_instance_with_the_least(api: FlaskClient, instances: Instances) -> None:
    instances.place("other", B, on="i1")
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
    api: FlaskClient, settings: Settings, redis: Redis
) -> None:
    apps = [create_app(settings) for _ in range(2)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda number: post(apps[number % 2].test_client(), DEFAULT, {}), range(20)))
    assert len({tuple(sorted(bots_of(answer).items())) for answer in answers}) == 1
    assert {bot["status"] for answer in answers for bot in answer["bindings"]} == {"READY"}
    assert redis.hlen(Keys(settings.key_prefix).seats) == redis.hlen(Keys(settings.key_prefix).bots) == 3


def nothing_is_left(redis: Redis, keys: Keys) -> bool:
    queues = [key for key in redis.scan_iter(f"{keys.celery_prefix}bots.*") if redis.llen(key)]
    return not queues and not redis.exists(
        *(keys.games, keys.game(GAME), keys.bindings(GAME), keys.bots, keys.seats, keys.lessons, keys.told(GAME))
    )


def test_an_assignment_whose_lessons_cannot_be_queued_leaves_nothing(
    deaf: FlaskClient, redis: Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []

    def send_one(*arguments: object) -> None:
        if sent:
            raise StateError("the queue is full")
        sent.append(arguments)
        send_lesson(*arguments)

    monkeypatch.setattr("cowboy.bots.onboarding.send_lesson", send_one)
    post(deaf, DEFAULT, {}, 502)
    assert sent
    assert nothing_is_left(redis, Keys(settings.key_prefix))


def test_an_assignment_that_loses_its_last_instance_in_the_middle_leaves_nothing(
    deaf: FlaskClient, redis: Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Instances.place

    def place_one(self: Instances, *seat: str) -> str | None:
        name = place(self, *seat)
        for instance in ("i1", "i2"):
            self.leave(instance)
        return name

    monkeypatch.setattr(Instances, "place", place_one)
    assert str(post(deaf, DEFAULT, {}, 502)["error"]).startswith("no live worker instance")
    assert nothing_is_left(redis, Keys(settings.key_prefix))


def bind(api: FlaskClient, player: str = B, status: int = 200, **more: object) -> Json:
    return post(api, f"{BASE}/bindings", {"player_id": player, **more}, status)


def test_a_seat_gets_a_bot_and_the_others_are_people_if_nobody_said_otherwise(api: FlaskClient) -> None:
    answer = bind(api, bot_id="bot-sheriff", game_guide_version="v2")
    assert answer.pop("bot_service_base_url") in {"celery://i1", "celery://i2"}
    assert answer == {"bound": True, "game_id": GAME, "player_id": B, "bot_id": "bot-sheriff", "status": "READY"}
    shown = api.get(EXPLICIT).json
    assert [human["player_id"] for human in shown["humans"]] == [A, C, D]
    assert [bot["game_guide_version"] for bot in shown["bindings"]] == ["v2"]


def test_a_bound_seat_keeps_its_bot_unless_another_is_named(api: FlaskClient) -> None:
    first = bind(api)
    assert bind(api) == bind(api, bot_id=" ") == bind(api, create_bot_if_missing=False) == first
    assert bind(api, bot_id=first["bot_id"], game_guide_version="v2") == first
    assert bind(api, bot_id="another")["bot_id"] == "another"
    (bot,) = api.get(EXPLICIT).json["bindings"]
    assert (bot["bot_id"], bot["status"]) == ("another", "READY")


def test_binding_one_seat_leaves_the_others_as_they_are(api: FlaskClient, redis: Redis, settings: Settings) -> None:
    post(api, EXPLICIT, plan(bots=(C, D)))
    before = redis.hgetall(Keys(settings.key_prefix).bindings(GAME))
    bind(api, A, game_guide_version="v2")
    after = redis.hgetall(Keys(settings.key_prefix).bindings(GAME))
    assert {player: after[player] for player in before} == before
    shown = api.get(EXPLICIT).json
    assert (shown["humans"], len(shown["bindings"])) == ([], 3)


def test_a_binding_that_cannot_be_is_refused_in_the_words_of_the_contract(api: FlaskClient) -> None:
    assert bind(api, "stranger", 400) == {"error": "player_id does not belong to game"}
    missing = {"error": "bot_id is required when create_bot_if_missing=false"}
    assert bind(api, B, 400, create_bot_if_missing=False) == missing
    assert post(api, "/internal/v3/games/nobody/bindings", {"player_id": B}, 404) == {"error": "game nobody not found"}
    bind(api, B, bot_id="taken")
    assert bind(api, C, 409, bot_id="taken") == {"error": "bot taken already exists"}
    assert len(api.get(EXPLICIT).json["bindings"]) == 1


def test_a_named_bot_is_made_even_where_none_may_be_made_up(api: FlaskClient) -> None:
    assert bind(api, bot_id="named", create_bot_if_missing=False)["status"] == "READY"
