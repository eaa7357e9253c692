"""A whole game by a V2 client over HTTP and WebSocket, as the browser page and the agents' server play it."""

from typing import Any

import pytest

from cowboy.bus.admin import TopicAdmin
from tests.integration.arena.process import ArenaProcess
from tests.integration.arena.test_stream import Stream, watching
from tests.integration.arena.topics import read_topic
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("bots")

TURNS = 21
DUEL_MAP = {"rows": 3, "cols": 3, "cells": [[0] * 3] * 3}


def plan(turn_no: int) -> dict[str, Any]:
    """On 3 x 3, A starts at (0, 1), B at (1, 0). A goes to (0, 2) and from there shoots down into (1, 2), whose left
    sweep meets B. B talks, its shield turned away: ten shots end the game.
    """
    if turn_no % 2 == 0:
        return {"command_type": "speak", "direction": None, "speak_text": "Missed me!"}
    kind, direction = ("move", "right") if turn_no == 1 else ("shoot", "down")
    return {"command_type": kind, "direction": direction}


def test_a_whole_game_is_played_by_following_the_stream(arena: ArenaProcess) -> None:
    game_id, players = arena.create(map=DUEL_MAP, turn_timeout_seconds=120)
    arena.http.post(f"/v2/games/{game_id}/start")
    with watching(arena, game_id, "?from_turn_no=1") as connection:
        stream, played, snapshot = Stream(connection), 0, arena.http.get(f"/v2/games/{game_id}/snapshot").json()
        while snapshot["status"] == "RUNNING" and played < TURNS:
            if snapshot["turn_no"] > played:
                played = snapshot["turn_no"]
                actor = snapshot["current_player_id"]
                assert arena.send(game_id, player_id=actor, turn_no=played, **plan(played)).json()["accepted"] is True
            snapshot = stream.next().get("snapshot") or snapshot
        snapshot = stream.until("GAME_FINISHED")["snapshot"]

    standing = {player["player_name"]: player["hp"] for player in snapshot["state"]["players"]}
    assert (snapshot["status"], standing) == ("FINISHED", {"A": 10, "B": 0})
    assert arena.game(game_id)["status"] == "FINISHED"
    _assert_the_topic_tells_it_all(arena, game_id, players, turns=played)
    _assert_topics_vanish_and_the_game_stays(arena, game_id)


def _assert_the_topic_tells_it_all(arena: ArenaProcess, game_id: str, players: list[str], turns: int) -> None:
    """The finish event can be read before the topics go, and so can everything before it."""
    events = read_topic(arena.settings, f"{arena.settings.output_topic_prefix}.{game_id}.v1", turns + 2)

    assert [event["step_seq"] for event in events] == list(range(1, turns + 3))
    assert [event["event_type"] for event in events] == ["GAME_STARTED", *["STEP_APPLIED"] * turns, "GAME_FINISHED"]
    assert {event["result_status"] for event in events} == {"APPLIED"}
    assert [event["turn_no"] for event in events] == [*range(1, turns + 2), turns + 1]
    assert events[-1]["command"] is None
    assert [player["player_id"] for player in events[-1]["state_after"]["players"]] == players


def _assert_topics_vanish_and_the_game_stays(arena: ArenaProcess, game_id: str) -> None:
    with TopicAdmin(arena.settings) as admin:
        wait_for(lambda: not any(game_id in topic for topic in admin.list()))
    refused = arena.send(game_id)
    assert (refused.status_code, refused.json()) == (
        409,
        {"error": f"game {game_id} is over and takes no more commands"},
    )
    assert arena.http.get(f"/v2/games/{game_id}/snapshot").json()["status"] == "FINISHED"


@pytest.mark.parametrize(("wanted", "turns"), [({}, 30), ({"max_turns": None}, 30), ({"max_turns": 32}, 32)])
def test_a_game_of_careful_players_ends_as_a_draw_after_the_default_or_what_its_maker_said(
    arena: ArenaProcess, wanted: dict[str, int | None], turns: int
) -> None:
    game_id, players = arena.create_started(**wanted)
    for turn_no in range(1, turns + 1):
        assert arena.game(game_id)["status"] == "RUNNING"
        arena.send(game_id, player_id=players[1 - turn_no % 2], turn_no=turn_no)
        wait_for(lambda played=turn_no: arena.game(game_id)["turn_no"] > played)

    over = wait_for(lambda: game if (game := arena.game(game_id))["status"] == "FINISHED" else None)
    assert over["turn_no"] == turns + 1
    assert all(player["alive"] for player in over["state"]["players"])


def test_a_game_with_a_limit_of_turns_ends_with_all_alive(arena: ArenaProcess) -> None:
    game_id, players = arena.create_started(max_turns=2)
    for turn_no, player_id in enumerate(players, 1):
        arena.send(game_id, player_id=player_id, turn_no=turn_no)

    wait_for(lambda: arena.game(game_id)["status"] == "FINISHED")
    assert all(player["alive"] for player in arena.game(game_id)["state"]["players"])
