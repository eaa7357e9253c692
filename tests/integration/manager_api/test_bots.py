"""Routes of single bots: those of the existing bot service, and the operators'."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from cowboy.bus.topics import TopicNames
from cowboy.game.wire.messages import StepEvent
from cowboy.settings import Settings
from cowboy.state.bindings import Bindings
from cowboy.state.client import Redis, call_all
from cowboy.state.instances import Cordon, Instance, Instances
from cowboy.state.keys import Keys
from cowboy.state.players import PlayedTurn, Players
from cowboy.state.tables import Tables, Update
from manager_api.app import create_app
from tests.game_manager import GameManagerServer
from tests.integration.manager_api.conftest import GAME, Json, post
from tests.tables import IDS, game, started, table
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

A, B, C, D = IDS
BOTS = "/internal/v3/bots"
DEFAULT = f"/internal/v3/games/{GAME}/assignments/default"
FIELDS = {
    *("bot_id", "game_id", "player_id", "player_name", "instance", "bot_service_base_url", "brain", "profile"),
    *("status", "player_state", "game_guide_version", "lesson", "attempts", "pauses", "reason"),
    *("character", "created_at", "updated_at", "ready_at"),
}
REMEMBERED: Json = {"turns": 0, "outcomes": {}, "fallbacks": 0, "speeches": 0, "last_speech": "", "notes": ""}
"""What a bot that has not played remembers."""


@pytest.fixture
def wanted(settings: Settings) -> Json:
    """A request for a bot that is fine."""
    topics = TopicNames.of(settings)
    return {
        "bot_id": "bot-1",
        "game_id": GAME,
        "player_id": B,
        "player_name": "B",
        "input_topic": topics.input_of(GAME),
        "output_topic": topics.output_of(GAME),
    }


def shown(api: FlaskClient, bot_id: str = "bot-1") -> Json:
    answer = api.get(f"{BOTS}/{bot_id}")
    assert answer.status_code == 200, answer.text
    return answer.json


def event(game_id: str) -> Json:
    return StepEvent.model_dump(started(game_id), mode="json")


# -- as the existing bot service -------------------------------------------------------------------------------------


def test_a_created_bot_does_nothing_until_it_is_taught(api: FlaskClient, wanted: Json) -> None:
    assert post(api, BOTS, wanted) == {"bot_id": "bot-1", "status": "CREATED"}
    bot = shown(api)
    assert bot.keys() == FIELDS | {"llm_base_url", "llm_model", "llm_output_mode"} | REMEMBERED.keys()
    assert {name: bot[name] for name in REMEMBERED} == REMEMBERED
    assert (bot["status"], bot["player_state"], bot["lesson"]) == ("CREATED", "BOT_ASSIGNED", 0)
    taught = post(api, f"{BOTS}/bot-1/teach-game", {"game_guide_version": "v1"})
    assert taught == {"bot_id": "bot-1", "status": "READY", "game_guide_version": "v1"}
    assert (shown(api)["status"], shown(api)["player_state"]) == ("READY", "BOT_READY")


def test_a_bot_is_shown_with_what_it_remembers(
    api: FlaskClient, redis: Redis, settings: Settings, wanted: Json
) -> None:
    post(api, BOTS, wanted)
    keys = Keys(settings.key_prefix)
    players, bot = Players(redis, keys), Bindings(redis, keys).find("bot-1")
    assert bot is not None
    call_all(
        redis,
        [
            players.counting(bot, PlayedTurn(2, "ok", speech="Howdy.", notes="B hides.")),
            players.counting(bot, PlayedTurn(6, "timeout", by_fallback=True)),
        ],
    )
    detail = shown(api)
    assert {name: detail[name] for name in REMEMBERED} == {
        "turns": 2,
        "outcomes": {"ok": 1, "timeout": 1},
        "fallbacks": 1,
        "speeches": 1,
        "last_speech": "Howdy.",
        "notes": "B hides.",
    }


def test_a_bot_without_an_id_gets_one(api: FlaskClient, wanted: Json) -> None:
    made = post(api, BOTS, wanted | {"bot_id": " "})
    assert made["bot_id"].startswith("bot-")
    assert shown(api, made["bot_id"])["player_id"] == B


def test_a_created_bot_is_taught_by_the_next_assignment(api: FlaskClient, wanted: Json) -> None:
    post(api, BOTS, wanted)
    bots = post(api, DEFAULT, {})["bindings"]
    assert (bots[0]["bot_id"], {bot["status"] for bot in bots}) == ("bot-1", {"READY"})


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"player_id": " "}, 400, "game_id, player_id, input_topic, and output_topic are required"),
        ({"game_id": ""}, 400, "game_id, player_id, input_topic, and output_topic are required"),
        ({"input_topic": "other"}, 400, "input_topic: "),
        ({"output_topic": "other"}, 400, "output_topic: "),
        ({"player_id": "stranger"}, 400, "player_id stranger does not belong to game"),
        ({"player_name": "C"}, 400, "player_name: "),
        ({"brain": "genius"}, 400, "brain of seat B: "),
        ({"llm_profile": "genius"}, 400, "profile of seat B: "),
        ({"llm_api_key": "sk-secret"}, 400, "llm_api_key: "),
        ({"llm_base_url": "http://secret"}, 400, "llm_base_url: "),
        ({"llm_model": "secret"}, 400, "llm_model: "),
        ({"llm_output_mode": "secret"}, 400, "llm_output_mode: "),
    ],
)
def test_a_bot_that_cannot_be_made_is_refused_by_field(
    deaf: FlaskClient, wanted: Json, change: Json, status: int, text: str
) -> None:
    answer = post(deaf, BOTS, wanted | change, status)
    assert str(answer["error"]).startswith(text)
    assert "secret" not in str(answer)
    assert deaf.get(BOTS).json == {"bots": [], "total": 0}


def test_blank_words_about_a_model_count_as_absent(deaf: FlaskClient, wanted: Json) -> None:
    blank = {"llm_api_key": " ", "llm_base_url": "", "llm_model": None, "llm_output_mode": "\t"}
    assert post(deaf, BOTS, wanted | blank)["status"] == "CREATED"


def test_an_id_or_a_seat_that_is_taken_is_a_conflict(deaf: FlaskClient, wanted: Json) -> None:
    post(deaf, BOTS, wanted)
    assert post(deaf, BOTS, wanted, 409) == {"error": "bot bot-1 already exists"}
    assert post(deaf, BOTS, wanted | {"player_id": C, "player_name": "C"}, 409) == {"error": "bot bot-1 already exists"}
    assert "has a bot already" in str(post(deaf, BOTS, wanted | {"bot_id": "bot-2"}, 409))
    assert deaf.get(BOTS).json["total"] == 1


def test_an_unknown_bot_is_not_found(deaf: FlaskClient) -> None:
    missing = {"error": "bot nobody not found"}
    assert (deaf.get(f"{BOTS}/nobody").status_code, deaf.get(f"{BOTS}/nobody").json) == (404, missing)
    for verb, body in (
        ("teach-game", {"game_guide_version": "v1"}),
        ("update", {"step": event(GAME)}),
        ("pause", {}),
        ("resume", {}),
        ("move", {}),
    ):
        assert post(deaf, f"{BOTS}/nobody/{verb}", body, 404) == missing


def test_a_bot_can_be_taught_what_a_caller_wrote_and_is_taught_it_again_elsewhere(
    api: FlaskClient, wanted: Json, redis: Redis, settings: Settings
) -> None:
    post(api, BOTS, wanted)
    lesson = {
        "game_guide_version": "v7",
        "rules_markdown": "# Cowboy",
        "command_schema": {
            "allowed": ["move", "shoot", "shield", "speak"],
            "direction_required_for": ["move", "shoot", "shield"],
            "speak_text_required_for": ["speak"],
        },
        "examples": [{"command_type": "shield", "direction": "left"}],
    }
    taught = post(api, f"{BOTS}/bot-1/teach-game", lesson)
    assert taught == {"bot_id": "bot-1", "status": "READY", "game_guide_version": "v7"}
    post(api, f"{BOTS}/bot-1/move", {})
    wait_for(lambda: shown(api)["status"] == "READY")
    told = Keys(settings.key_prefix).told(GAME)
    assert '"# Cowboy"' in redis.hget(told, B)
    post(api, f"{BOTS}/bot-1/teach-game", {"game_guide_version": "v8"})
    assert not redis.exists(told)
    post(api, f"{BOTS}/bot-1/teach-game", lesson)
    post(api, f"/internal/v3/games/{GAME}/bots/stop", {})
    assert not redis.exists(told)


def test_a_lesson_that_a_brain_refuses_leaves_its_bot_unready_and_is_never_exchanged_for_ours(
    settings: Settings, instances: Instances, tasks: object, wanted: Json
) -> None:
    api = create_app(settings.model_copy(update={"assignment_wait_seconds": 0.1, "teach_attempts": 2})).test_client()
    keeper = api.application.extensions["services"].onboarding
    post(api, BOTS, wanted)
    refused = {"game_guide_version": "v9", "command_schema": {"allowed": ["dance"]}}
    assert post(api, f"{BOTS}/bot-1/teach-game", refused)["status"] == "TEACHING"
    wait_for(lambda: shown(api)["reason"])
    wait_for(lambda: keeper.tend() or shown(api)["status"] == "FAILED")
    assert (shown(api)["player_state"], shown(api)["attempts"]) == ("BOT_FAILED", 2)


def test_a_blank_version_is_said_to_be_required(deaf: FlaskClient, wanted: Json) -> None:
    post(deaf, BOTS, wanted)
    for blank in ("", "  "):
        answer = post(deaf, f"{BOTS}/bot-1/teach-game", {"game_guide_version": blank}, 400)
        assert answer == {"error": "game_guide_version is required"}
    post(deaf, f"{BOTS}/bot-1/teach-game", {}, 422)


def test_an_update_is_taken_from_a_bot_that_is_taught_and_of_its_own_game(deaf: FlaskClient, wanted: Json) -> None:
    post(deaf, BOTS, wanted)
    idle = post(deaf, f"{BOTS}/bot-1/update", {"step": event(GAME)}, 409)
    assert idle == {"error": "bot bot-1 is not active; teach-game not started"}
    post(deaf, f"{BOTS}/bot-1/teach-game", {"game_guide_version": "v1"})
    before = shown(deaf)
    assert post(deaf, f"{BOTS}/bot-1/update", {"step": event(GAME)}) == {"accepted": True, "bot_id": "bot-1"}
    assert shown(deaf) == before
    post(deaf, f"{BOTS}/bot-1/update", {"step": event("another")}, 409)


def test_a_bot_can_be_deleted_again_and_again(api: FlaskClient, wanted: Json, redis: Redis, settings: Settings) -> None:
    post(api, BOTS, wanted)
    for _ in range(2):
        answer = api.delete(f"{BOTS}/bot-1")
        assert (answer.status_code, answer.json) == (200, {"deleted": True, "bot_id": "bot-1"})
    assert api.get(f"{BOTS}/bot-1").status_code == 404
    keys = Keys(settings.key_prefix)
    assert not redis.exists(keys.bindings(GAME), keys.bots, keys.seats, keys.lessons)


# -- for operators ----------------------------------------------------------------------------------------------------


def test_bots_are_listed_by_game_and_seat_and_can_be_picked(api: FlaskClient, game_manager: GameManagerServer) -> None:
    for game_id in ("g2", "g1"):
        game_manager.know(game(game_id))
        post(api, f"/internal/v3/games/{game_id}/assignments/default", {})
    listed = api.get(BOTS).json
    assert listed["total"] == 6
    assert [(bot["game_id"], bot["player_name"]) for bot in listed["bots"]] == [
        (game_id, seat) for game_id in ("g1", "g2") for seat in ("B", "C", "D")
    ]
    assert all(bot.keys() == FIELDS for bot in listed["bots"])
    assert api.get(BOTS, query_string={"game_id": "g2"}).json["total"] == 3
    at_i1 = api.get(BOTS, query_string={"instance": "i1"}).json["bots"]
    assert {bot["bot_service_base_url"] for bot in at_i1} == {"celery://i1"}
    assert len(at_i1) + api.get(BOTS, query_string={"instance": "i2"}).json["total"] == 6
    assert api.get(BOTS, query_string={"status": "FAILED"}).json == {"bots": [], "total": 0}
    few = api.get(BOTS, query_string={"status": "READY", "limit": 2}).json
    assert (len(few["bots"]), few["total"]) == (2, 6)


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 5001}, {"status": "HAPPY"}, {"game_id": "a.b"}])
def test_a_list_that_cannot_be_is_refused_by_field(deaf: FlaskClient, query: Json) -> None:
    answer = deaf.get(BOTS, query_string=query)
    assert answer.status_code == 422
    assert answer.json["error"].startswith(f"{next(iter(query))}: ")


def test_a_paused_bot_does_nothing_until_it_is_resumed_and_then_plays_the_turn_that_waits(
    api: FlaskClient, wanted: Json, redis: Redis, settings: Settings, tasks: list[list[object]]
) -> None:
    post(api, BOTS, wanted)
    post(api, f"{BOTS}/bot-1/teach-game", {"game_guide_version": "v1"})
    for _ in range(2):
        assert post(api, f"{BOTS}/bot-1/pause", {})["pauses"] == ["bot"]
    turn = table(GAME).model_copy(update={"current_player_id": B})
    tables = Tables(redis, Keys(settings.key_prefix), 20, patience_seconds=2, rescue_seconds=1)
    tables.store([Update(turn, datetime.now(UTC) + timedelta(seconds=60), ())])
    for _ in range(2):
        assert post(api, f"{BOTS}/bot-1/resume", {})["pauses"] == []
    wait_for(lambda: tasks[:1] == [[GAME, B, 1]])


def test_pausing_and_resuming_need_no_body(deaf: FlaskClient, wanted: Json) -> None:
    post(deaf, BOTS, wanted)
    assert deaf.post(f"{BOTS}/bot-1/pause").json["pauses"] == ["bot"]
    assert deaf.post(f"{BOTS}/bot-1/resume").json["pauses"] == []


def test_a_bot_moves_where_it_is_told_and_is_taught_there(api: FlaskClient, wanted: Json, instances: Instances) -> None:
    post(api, BOTS, wanted)
    before = shown(api)
    other = "i2" if before["instance"] == "i1" else "i1"
    assert post(api, f"{BOTS}/bot-1/move", {"instance": other})["instance"] == other
    moved = wait_for(lambda: (bot := shown(api))["status"] == "READY" and bot)
    assert instances.hosted(other) == [(GAME, B)]
    again = post(api, f"{BOTS}/bot-1/move", {"instance": other})
    assert (again["lesson"], again["status"]) == (moved["lesson"], "READY")


def test_a_move_that_cannot_be_is_a_conflict_and_leaves_the_bot_where_it_was(
    api: FlaskClient, wanted: Json, instances: Instances
) -> None:
    post(api, BOTS, wanted)
    before = shown(api)
    assert "ghost is not live" in str(post(api, f"{BOTS}/bot-1/move", {"instance": "ghost"}, 409))
    instances.close("i1", Cordon.DRAINING)
    instances.close("i2", Cordon.DRAINING)
    assert "no live and open one" in str(post(api, f"{BOTS}/bot-1/move", {}, 409))
    assert shown(api) == before
    assert instances.hosted(before["instance"]) == [(GAME, B)]


def test_a_move_without_a_game_manager_leaves_place_and_bot_together(
    api: FlaskClient, wanted: Json, instances: Instances, game_manager: GameManagerServer
) -> None:
    post(api, BOTS, wanted)
    before = shown(api)
    game_manager.answers[GAME] = 500
    post(api, f"{BOTS}/bot-1/move", {}, 502)
    assert shown(api) == before
    assert instances.hosted(before["instance"]) == [(GAME, B)]


def test_a_bot_moves_to_the_only_other_instance_even_if_that_is_full(
    api: FlaskClient, wanted: Json, instances: Instances
) -> None:
    post(api, BOTS, wanted)
    instances.leave("i1")
    instances.leave("i2")
    instances.beat(Instance(name="big", capacity=1, pool="threads", concurrency=1, pid=8))
    instances.place("other", A)
    assert post(api, f"{BOTS}/bot-1/move", {})["instance"] == "big"


def test_deleting_a_bot_that_was_replaced_meanwhile_leaves_the_new_one(api: FlaskClient, wanted: Json) -> None:
    services = api.application.extensions["services"]
    post(api, BOTS, wanted)
    old = services.queries.bot("bot-1")
    post(api, f"/internal/v3/games/{GAME}/bindings", {"player_id": B, "bot_id": "bot-2"})
    services.assigner.take_off(old)
    assert shown(api, "bot-2")["status"] == "READY"
