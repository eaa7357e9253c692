"""Status codes and bodies of the public and the internal side (docs/wire.md#http)."""

import json
import socket
from typing import Any

import httpx
import pytest

from tests.integration.arena.bot_manager import FakeBotManager
from tests.integration.arena.process import EMPTY_5X5, ArenaProcess, request
from tests.waiting import wait_for

pytestmark = [pytest.mark.usefixtures("bots"), pytest.mark.any_broker]


def test_a_created_game_has_the_fields_of_the_contract(arena: ArenaProcess) -> None:
    answer = arena.http.post(
        "/v2/games", json={"num_players": 3, "turn_timeout_seconds": 0, "bot_players": [], "map": EMPTY_5X5}
    )

    created = answer.json()
    assert answer.status_code == 200
    assert list(created) == [
        "game_id",
        "status",
        "map_source",
        "turn_no",
        "round_no",
        "current_player_id",
        "players",
        "turn_timeout_seconds",
        "created_at",
    ]
    assert (created["status"], created["map_source"], created["turn_timeout_seconds"]) == ("CREATED", "CUSTOM", 1)
    assert [player["player_name"] for player in created["players"]] == ["A", "B", "C"]
    assert created["current_player_id"] == created["players"][0]["player_id"]


@pytest.mark.parametrize(("asked", "got"), [(0, 1), (1, 1), (4, 4), (255, 4)])
def test_the_number_of_players_is_clamped(arena: ArenaProcess, asked: int, got: int) -> None:
    _, players = arena.create(num_players=asked)
    assert len(players) == got


def test_a_game_can_be_looked_at_before_and_after_its_start(arena: ArenaProcess) -> None:
    game_id, players = arena.create()
    before = arena.game(game_id)
    assert (before["status"], before["started_at"], before["turn_started_at"]) == ("CREATED", None, None)
    assert before["input_topic"].endswith(f".{game_id}.v1")

    started = arena.http.post(f"/v2/games/{game_id}/start", content=b"whatever")
    assert started.status_code == 200
    assert started.json() | {"started_at": None} == {
        "game_id": game_id,
        "status": "RUNNING",
        "started": True,
        "reason": None,
        "turn_no": 1,
        "round_no": 1,
        "current_player_id": players[0],
        "started_at": None,
    }
    again = arena.http.post(f"/v2/games/{game_id}/start").json()
    assert (again["started"], again["reason"]) == (False, "ALREADY_RUNNING")
    assert again["started_at"] == started.json()["started_at"] == arena.game(game_id)["turn_started_at"]


def test_an_unknown_game_is_not_found_wherever_it_is_named(arena: ArenaProcess) -> None:
    answers = [
        arena.http.get("/v2/games/nope"),
        arena.http.get("/v2/games/nope/snapshot"),
        arena.http.post("/v2/games/nope/start"),
        arena.http.post("/v2/games/nope/commands", json=request()),
        arena.internal.post("/internal/v2/games/nope/commands/apply", json=request()),
        arena.internal.post("/internal/v2/games/nope/commands/process", json=request()),
        arena.internal.post("/internal/v2/games/nope/finish", json={}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert {answer.text for answer in answers} == {'{"error":"game nope not found"}'}


def test_a_queued_command_is_confirmed_with_its_id(arena: ArenaProcess) -> None:
    game_id, players = arena.create_started()
    answer = arena.send(game_id, command_id="my-id", player_id=players[0])

    assert answer.status_code == 200
    assert answer.json() | {"queued_at": None} == {"accepted": True, "command_id": "my-id", "queued_at": None}
    wait_for(lambda: arena.game(game_id)["turn_no"] == 2)


WRONG_COMMANDS: dict[str, tuple[dict[str, Any], str]] = {
    "blank id before all else": ({"command_id": " ", "command_type": "timeout"}, "command_id is required"),
    "timeout": (
        {"command_type": "timeout"},
        "command_type timeout/game_started is reserved for system services",
    ),
    "game_started": (
        {"command_type": "game_started"},
        "command_type timeout/game_started is reserved for system services",
    ),
    "no direction": ({"direction": None}, "direction is required for move/shield/shoot commands"),
    "blank speech": (
        {"command_type": "speak", "speak_text": " \n"},
        "speak_text is required for speak commands",
    ),
}


@pytest.mark.parametrize(("fields", "error"), WRONG_COMMANDS.values(), ids=WRONG_COMMANDS)
def test_a_command_that_is_plainly_wrong_is_refused_at_the_door(
    arena: ArenaProcess, fields: dict[str, Any], error: str
) -> None:
    answer = arena.send("any-game", **fields)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


UNREADABLE: dict[str, tuple[bytes, str, int, str]] = {
    "not JSON": (b"{", "application/json", 400, "body"),
    "not UTF-8": (b'{"num_players": "\xff"}', "application/json", 400, "body"),
    "empty": (b"", "application/json", 400, "body"),
    "deep": (b"[" * 100_000, "application/json", 400, "body"),
    "no content type": (b"{}", "", 415, "application/json"),
    "form": (b"{}", "text/plain", 415, "application/json"),
    "a list": (b"[]", "application/json", 422, "body"),
    "a fraction": (b'{"num_players": 2.5}', "application/json", 422, "num_players"),
    "too many": (b'{"num_players": 256}', "application/json", 422, "num_players"),
    "negative": (b'{"turn_timeout_seconds": -1}', "application/json", 422, "turn_timeout_seconds"),
    "unknown seat": (b'{"bot_players": ["E"]}', "application/json", 422, "bot_players"),
    "crooked map": (b'{"map": {"rows": 3, "cols": 3, "cells": [[0]]}}', "application/json", 422, "map"),
    "too large": (b'"' + b"x" * (2 * 1024 * 1024) + b'"', "application/json", 413, "larger"),
}


@pytest.mark.parametrize(("body", "content_type", "status", "named"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_cannot_be_read_is_answered_with_what_is_wrong(
    arena: ArenaProcess, body: bytes, content_type: str, status: int, named: str
) -> None:
    answer = arena.http.post("/v2/games", content=body, headers={"content-type": content_type})

    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert named in answer.json()["error"]


@pytest.mark.parametrize(
    "board",
    [
        {"rows": 2, "cols": 2, "cells": [[0, 0]] * 2},
        {"rows": 65, "cols": 3, "cells": [[0] * 3] * 65},
        {"rows": 3, "cols": 3, "cells": [[0, 1, 0], [0, 0, 0], [0, 0, 0]]},
    ],
    ids=["too small", "too large", "blocked spawn"],
)
def test_a_map_that_cannot_be_played_on_is_refused(arena: ArenaProcess, board: dict[str, Any]) -> None:
    answer = arena.http.post("/v2/games", json={"bot_players": [], "map": board})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("map.")


def test_the_longest_turn_of_the_wire_is_possible(arena: ArenaProcess) -> None:
    game_id, _ = arena.create_started(turn_timeout_seconds=2**64 - 1)
    assert arena.game(game_id)["turn_timeout_seconds"] == 2**64 - 1


def test_the_snapshot_has_the_fields_of_the_contract(arena: ArenaProcess) -> None:
    game_id, players = arena.create_started()
    snapshot = arena.http.get(f"/v2/games/{game_id}/snapshot", params={"from_turn_no": 1}).json()

    assert sorted(snapshot) == [
        "current_player_id",
        "game_id",
        "last_step_seq",
        "round_no",
        "state",
        "status",
        "turn_no",
        "turn_started_at",
    ]
    assert (snapshot["last_step_seq"], snapshot["current_player_id"]) == (1, players[0])


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "", "9" * 30, "٣"])
def test_a_bad_query_value_is_a_400(arena: ArenaProcess, value: str) -> None:
    for path in ("snapshot", "stream"):
        answer = arena.http.get(f"/v2/games/any/{path}", params={"from_turn_no": value})
        assert answer.status_code == 400, path


def test_a_plain_get_of_the_stream_is_a_400(arena: ArenaProcess) -> None:
    assert arena.http.get("/v2/games/any/stream").status_code == 400


# -- the internal side ------------------------------------------------------------------------------------------------


def test_health_names_the_game_manager(arena: ArenaProcess) -> None:
    assert arena.internal.get("/health").json() == {"ok": True, "service": "game-manager-service"}


def test_apply_refuses_accepts_and_carries_out_without_consuming_a_turn_for_an_illegal_move(
    arena: ArenaProcess,
) -> None:
    game_id, players = arena.create()

    def apply(**fields: Any) -> dict[str, Any]:
        body = request(**({"player_id": players[0]} | fields))
        answer: dict[str, Any] = arena.internal.post(f"/internal/v2/games/{game_id}/commands/apply", json=body).json()
        return answer

    assert (apply()["accepted"], apply()["reason"], apply()["status"]) == (False, "GAME_NOT_RUNNING", "CREATED")
    arena.http.post(f"/v2/games/{game_id}/start")
    assert apply(player_id=players[1])["reason"] == "INVALID_TURN_PLAYER"
    assert apply(turn_no=2)["reason"] == "STALE_TURN_NO"
    illegal = apply(command_type="move")
    assert (illegal["accepted"], illegal["applied"], illegal["reason"], illegal["turn_no"]) == (
        True,
        False,
        "MOVE_OUT_OF_BOUNDS",
        1,
    )
    assert apply(command_type="game_started")["reason"] == "RESERVED_COMMAND_TYPE"
    assert apply(command_type="timeout") == {
        "accepted": True,
        "applied": True,
        "reason": None,
        "turn_no": 2,
        "round_no": 1,
        "current_player_id": players[1],
        "status": "RUNNING",
    }


def test_process_works_like_the_topic_conversion_and_duplicates_included(arena: ArenaProcess) -> None:
    game_id, players = arena.create_started()
    path = f"/internal/v2/games/{game_id}/commands/process"
    illegal = request(player_id=players[0], command_type="move")

    converted = arena.internal.post(path, json=illegal).json()
    assert (converted["accepted"], converted["applied"], converted["reason"], converted["turn_no"]) == (
        True,
        True,
        None,
        2,
    )
    again = arena.internal.post(path, json=illegal).json()
    assert (again["accepted"], again["reason"], again["turn_no"]) == (False, "DUPLICATE_COMMAND", 2)
    late = arena.internal.post(path, json=request(player_id=players[0])).json()
    assert late["reason"] == "LATE_COMMAND_IGNORED"


def test_finish_says_why_not(arena: ArenaProcess) -> None:
    game_id, players = arena.create_started()
    path = f"/internal/v2/games/{game_id}/finish"

    assert arena.internal.post(path, json={"expected_turn_no": 5}).json()["reason"] == "STALE_TURN_NO"
    assert arena.internal.post(path, json={"expected_turn_no": None}).json() == {
        "finished": False,
        "reason": "NOT_LAST_PLAYER_LEFT",
        "status": "RUNNING",
        "winner_player_id": players[0],
        "turn_no": 1,
        "round_no": 1,
        "current_player_id": players[0],
    }
    assert arena.internal.post(path).status_code == 415


def test_a_single_player_can_be_finished_and_not_started_again(arena: ArenaProcess) -> None:
    game_id, players = arena.create(num_players=1)
    finished = arena.internal.post(f"/internal/v2/games/{game_id}/finish", json={}).json()

    assert (finished["finished"], finished["winner_player_id"]) == (True, players[0])
    again = arena.internal.post(f"/internal/v2/games/{game_id}/finish", json={}).json()
    assert (again["finished"], again["reason"]) == (False, "ALREADY_FINISHED")
    started = arena.http.post(f"/v2/games/{game_id}/start").json()
    assert (started["started"], started["reason"]) == (False, "GAME_FINISHED")


def test_the_internal_side_has_no_other_routes(arena: ArenaProcess) -> None:
    for path in ("/", "/internal/v2/games", "/v2/games/x/snapshot", "/v2/games/x/commands", "/index.html"):
        answer = arena.internal.get(path)
        assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"}), path


# -- the gateway ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/health", "/internal/v2/games/x/finish", "/some/where", "/v2", "/%00", "/..%2f"]
)
def test_every_unknown_path_shows_the_page(arena: ArenaProcess, path: str) -> None:
    answer = arena.http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_internal_side_cannot_be_reached_from_outside(arena: ArenaProcess) -> None:
    game_id, _ = arena.create(num_players=1)
    assert arena.http.post(f"/internal/v2/games/{game_id}/finish", json={}).status_code == 405
    assert arena.game(game_id)["status"] == "CREATED"


def test_the_page_is_told_to_use_its_own_origin_and_to_offer_bots(arena: ArenaProcess) -> None:
    answer = arena.http.get("/config.js")
    assert answer.text == 'window.COWBOY_SERVER = "";\nwindow.COWBOY_SHOW_BOTS = true;\nwindow.COWBOY_MAX_TURNS = 30;\n'
    assert answer.headers["content-type"].startswith("text/javascript")


def test_unknown_routes_and_methods_below_v2_are_answered_in_json(arena: ArenaProcess) -> None:
    answers = {
        404: [arena.http.get("/v2/nope"), arena.http.get("/v2/games/a%2Fb"), arena.http.get("/v2/games/")],
        405: [arena.http.get("/v2/games"), arena.http.delete("/v2/games/x"), arena.http.get("/v2/games/x/commands")],
    }
    for status, found in answers.items():
        assert [answer.status_code for answer in found] == [status] * len(found)
        assert all(list(answer.json()) == ["error"] for answer in found)


@pytest.mark.parametrize(
    "game_id", ["%00", "..", "%2e%2e", "*", "a:b", "x" * 5000, "%ff%fe", "{game_id}", "\U0001f920"]
)
def test_hostile_game_ids_are_simply_not_found(arena: ArenaProcess, game_id: str) -> None:
    answer = arena.http.get(f"/v2/games/{game_id}/snapshot")
    assert answer.status_code == 404
    assert list(answer.json()) == ["error"]


def test_the_origin_is_allowed_once_on_every_answer(arena: ArenaProcess) -> None:
    origin = {"Origin": "http://page.example"}
    for answer in (
        arena.http.get("/v2/maps/default", headers=origin),
        arena.http.get("/v2/games/nope", headers=origin),
        arena.http.post("/v2/games", content=b"{", headers=origin),
        arena.internal.get("/v2/maps/default", headers=origin),
    ):
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    unasked = arena.internal.post("/internal/v2/games/x/finish", json={}, headers=origin)
    assert "access-control-allow-origin" not in unasked.headers


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v2/games", "GET, POST, OPTIONS"),
        ("/v2/games/x/stream", "GET, OPTIONS"),
        ("/v2/games/x/snapshot", "GET, OPTIONS"),
    ],
)
def test_a_preflight_is_answered_with_what_is_allowed(arena: ArenaProcess, path: str, methods: str) -> None:
    answer = arena.http.options(path, headers={"Origin": "http://page.example"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "http://page.example"
    assert answer.headers["access-control-allow-methods"] == methods
    assert answer.headers["access-control-allow-headers"] == "Content-Type, Authorization"
    assert answer.headers["access-control-max-age"] == "86400"
    assert arena.http.options(path).headers["access-control-allow-origin"] == "*"


def test_a_body_without_end_is_cut_off(arena: ArenaProcess) -> None:
    bind = arena.settings.arena_bind
    lines = ("POST /v2/games HTTP/1.1", f"Host: {bind}", "Content-Type: application/json", "Transfer-Encoding: chunked")
    with socket.create_connection((bind.host, bind.port), timeout=20) as connection:
        connection.sendall("\r\n".join([*lines, "\r\n"]).encode())
        for _ in range(33):
            connection.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


# -- bots -------------------------------------------------------------------------------------------------------------


def test_no_list_of_bots_asks_for_the_default_assignment(arena: ArenaProcess, bots: FakeBotManager) -> None:
    game_id, _ = arena.create(bot_players=None)

    (call,) = bots.calls
    assert call.path == f"/internal/v3/games/{game_id}/assignments/default"
    assert call.body == {"apply_immediately": True, "force_recreate": True}
    assert call.authorization == "Bearer a-token-of-sixteen-or-more"


def test_a_list_of_bots_asks_for_exactly_these_in_the_order_given(arena: ArenaProcess, bots: FakeBotManager) -> None:
    game_id, (a, b, c, d) = arena.create(
        num_players=4, bot_players=["D", "B", "D"], seed=7, max_turns=50, brains={"B": "search"}
    )

    (call,) = bots.calls
    assert call.path == f"/internal/v3/games/{game_id}/assignments"
    assert call.body == {
        "human_player_ids": [a, c],
        "bot_player_ids": [d, b],
        "force_recreate": True,
        "brains": {"B": "search"},
        "seed": 7,
        "max_turns": 50,
    }


def test_the_game_can_be_read_while_the_bot_manager_is_being_asked(arena: ArenaProcess, bots: FakeBotManager) -> None:
    seen: list[dict[str, Any]] = []

    def look(path: str) -> None:
        seen.append(arena.internal.get(f"/v2/games/{path.split('/')[4]}").json())

    bots.meanwhile = look
    game_id, _ = arena.create(bot_players=["B"])

    assert [game["game_id"] for game in seen] == [game_id]


@pytest.mark.parametrize("status", [0, 400, 500])
def test_a_game_whose_bots_cannot_be_had_is_removed(arena: ArenaProcess, bots: FakeBotManager, status: int) -> None:
    bots.status = status
    answer = arena.http.post("/v2/games", json={"bot_players": ["B"]})

    game_id = bots.calls[0].path.split("/")[4]
    assert answer.status_code == 502
    assert answer.json()["error"].startswith(f"failed to assign bots for game {game_id}: ")
    assert arena.http.get(f"/v2/games/{game_id}").status_code == 404


def test_a_seat_that_the_game_does_not_have_fails_without_a_call(arena: ArenaProcess, bots: FakeBotManager) -> None:
    answer = arena.http.post("/v2/games", json={"num_players": 2, "bot_players": ["C"]})

    assert answer.status_code == 502
    assert "failed to assign bots for game " in answer.json()["error"]
    assert bots.calls == []


@pytest.mark.parametrize("status", [0, 500])
def test_a_game_without_bots_needs_no_bot_manager_but_tells_it(
    arena: ArenaProcess, bots: FakeBotManager, status: int
) -> None:
    bots.status = status
    game_id, players = arena.create(bot_players=[])

    assert arena.game(game_id)["status"] == "CREATED"
    assert bots.calls[0].body == {"human_player_ids": players, "bot_player_ids": [], "force_recreate": True}


def test_no_answer_ever_shows_a_stack_trace(arena: ArenaProcess) -> None:
    for body in (b"null", b"0", b'{"map": 1}', json.dumps({"map": {"rows": 10**30}}).encode()):
        answer: httpx.Response = arena.http.post(
            "/v2/games", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 422
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("refused", "status", "error"),
    [
        (400, 400, "no beds"),
        (404, 404, "no beds"),
        (409, 409, "no beds"),
        (422, 422, "no beds"),
        (429, 429, "no beds"),
        (401, 502, "bot manager returned 401: no beds"),
        (500, 502, "bot manager returned 500: no beds"),
    ],
)
def test_a_remark_is_refused_as_the_bot_manager_does_where_a_person_can_mend_it(
    arena: ArenaProcess, bots: FakeBotManager, refused: int, status: int, error: str
) -> None:
    bots.status, bots.wait_seconds = refused, 7 if refused == 429 else None
    answer = arena.http.post("/v2/games/g1/talk", json={"player_id": "A", "text": "Hello?"})
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert answer.headers.get("Retry-After") == ("7" if refused == 429 else None)
