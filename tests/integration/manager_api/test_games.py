"""Routes of games, for operators."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from cowboy.state.tables import Tables, Update
from tests.game_manager import GameManagerServer
from tests.integration.manager_api.conftest import GAME, Json, post
from tests.tables import IDS, game, table
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

GAMES = "/internal/v3/games"
ONE = f"{GAMES}/{GAME}"
A, B = IDS[:2]


@pytest.fixture
def assigned(api: FlaskClient) -> Json:
    """The bots of a game, B to D, ready."""
    return post(api, f"{ONE}/assignments/default", {})


def test_a_game_shows_who_plays_and_whose_turn_it_is(
    api: FlaskClient, assigned: Json, redis: Redis, settings: Settings
) -> None:
    shown = api.get(ONE).json
    assert shown.keys() == {"game_id", "game_state", "turn_timeout_seconds", "humans", "bots", "stopped", "turn"}
    assert (shown["turn_timeout_seconds"], shown["stopped"], shown["turn"]) == (60, [], None)
    assert shown["game_state"] == "CREATED"
    assert shown["humans"] == [{"player_name": "A", "player_id": A}]
    assert [bot["bot_id"] for bot in shown["bots"]] == [bot["bot_id"] for bot in assigned["bindings"]]
    deadline = datetime.now(UTC) + timedelta(seconds=60)
    Tables(redis, Keys(settings.key_prefix), 20, patience_seconds=2, rescue_seconds=1).store(
        [Update(table(GAME), deadline, ())]
    )
    assert api.get(ONE).json["game_state"] == "RUNNING"
    turn = api.get(ONE).json["turn"]
    assert (turn["turn_no"], turn["player_id"]) == (1, A)
    assert abs(datetime.fromisoformat(turn["deadline"]) - deadline) < timedelta(milliseconds=1)


def test_a_game_whose_bots_were_stopped_can_still_be_looked_at(api: FlaskClient, assigned: Json) -> None:
    post(api, f"{ONE}/bots/stop", {})
    shown = api.get(ONE).json
    assert (shown["turn_timeout_seconds"], shown["humans"], shown["bots"]) == (None, [], [])
    assert shown["game_state"] == "FINISHED"
    assert {(bot["status"], bot["player_state"]) for bot in shown["stopped"]} == {("STOPPED", "BOT_STOPPED")}
    assert len(shown["stopped"]) == 3


def test_all_assigned_games_are_listed(api: FlaskClient, assigned: Json, game_manager: GameManagerServer) -> None:
    game_manager.know(game("a-game"))
    post(api, f"{GAMES}/a-game/assignments", {"human_player_ids": [A, B], "bot_player_ids": []})
    listed = api.get(GAMES).json
    assert [shown["game_id"] for shown in listed["games"]] == [GAME, "a-game"]
    assert listed["games"][0] == api.get(ONE).json
    few = api.get(GAMES, query_string={"limit": 1}).json
    assert (len(few["games"]), few["total"]) == (1, 2)


def test_an_unknown_game_is_not_found(deaf: FlaskClient) -> None:
    for answer in (
        deaf.get(ONE),
        deaf.post(f"{ONE}/pause"),
        deaf.post(f"{ONE}/resume"),
        deaf.post(f"{ONE}/teach", json={}),
    ):
        assert answer.status_code == 404
        assert answer.json == {"error": f"game {GAME} is not assigned, and has no stopped bots"}


def test_pausing_a_game_pauses_all_its_bots_until_it_is_resumed(api: FlaskClient, assigned: Json) -> None:
    bot_id = assigned["bindings"][0]["bot_id"]
    api.post(f"/internal/v3/bots/{bot_id}/pause")
    for _ in range(2):
        paused = post(api, f"{ONE}/pause", {})
        assert [bot["pauses"] for bot in paused["bots"]] == [["bot", "game"], ["game"], ["game"]]
    for _ in range(2):
        resumed = post(api, f"{ONE}/resume", {})
        assert [bot["pauses"] for bot in resumed["bots"]] == [["bot"], [], []]


def test_all_bots_of_a_game_can_be_taught_again(api: FlaskClient, assigned: Json) -> None:
    again = post(api, f"{ONE}/teach", {})
    assert [(bot["status"], bot["lesson"], bot["game_guide_version"]) for bot in again["bots"]] == [
        ("READY", 2, "v1")
    ] * 3
    newer = post(api, f"{ONE}/teach", {"game_guide_version": "v2"})
    assert {(bot["status"], bot["game_guide_version"]) for bot in newer["bots"]} == {("READY", "v2")}


def test_a_game_whose_bots_do_not_answer_is_shown_as_it_is(deaf: FlaskClient) -> None:
    post(deaf, f"{ONE}/assignments/default", {})
    assert {bot["status"] for bot in post(deaf, f"{ONE}/teach", {})["bots"]} == {"TEACHING"}


def test_resuming_a_game_plays_the_turn_that_waits(
    api: FlaskClient, assigned: Json, redis: Redis, settings: Settings, tasks: list[list[object]]
) -> None:
    post(api, f"{ONE}/pause", {})
    turn = table(GAME).model_copy(update={"current_player_id": B})
    tables = Tables(redis, Keys(settings.key_prefix), 20, patience_seconds=2, rescue_seconds=1)
    tables.store([Update(turn, datetime.now(UTC) + timedelta(seconds=60), ())])
    post(api, f"{ONE}/resume", {})
    wait_for(lambda: tasks == [[GAME, B, 1]])
