"""What every request passes first: the token and the form of its body. Every refusal is one line of JSON."""

import json
from random import Random

import pytest
from flask.testing import FlaskClient

from cowboy.settings import Settings
from cowboy.state.instances import Instances
from manager_api.app import MAX_BODY_BYTES, create_app
from tests.integration.manager_api.conftest import GAME

pytestmark = pytest.mark.integration

TOKEN = "a-token-of-24-characters"
BASE = f"/internal/v3/games/{GAME}"
DEFAULT = f"{BASE}/assignments/default"
EXPLICIT = f"{BASE}/assignments"
STOP = f"{BASE}/bots/stop"
BOT = "/internal/v3/bots/bot-1"
POSTS = (
    *(DEFAULT, EXPLICIT, STOP, f"{BASE}/bindings", f"{BASE}/teach"),
    *("/internal/v3/bots", f"{BOT}/teach-game", f"{BOT}/update", f"{BOT}/move"),
)
"""All routes that take a body."""


CREATE = {"game_id": "g", "player_id": "p", "player_name": "B", "input_topic": "i", "output_topic": "o"}


@pytest.fixture(scope="module")
def made() -> list[FlaskClient]:
    return []


@pytest.fixture
def api(settings: Settings, made: list[FlaskClient]) -> FlaskClient:
    """A manager without instances, the same for all tests: what is refused at the gate needs none and changes none."""
    if not made:
        made.append(create_app(settings).test_client())
    return made[0]


@pytest.fixture
def guarded(settings: Settings, instances: Instances, tasks: object) -> FlaskClient:
    return create_app(Settings.model_validate(settings.model_dump() | {"manager_token": TOKEN})).test_client()


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer ü"],
)
def test_without_the_token_nothing_is_told_or_done(guarded: FlaskClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answers = [
        guarded.get(EXPLICIT, headers=headers),
        guarded.get(f"{BASE}/turns", headers=headers),
        guarded.get("/nowhere", headers=headers),
        guarded.get(BOT, headers=headers),
        guarded.delete(BOT, headers=headers),
        guarded.post(f"{BOT}/pause", headers=headers),
        guarded.post("/internal/v3/instances/i1/drain", headers=headers),
        *(guarded.post(path, json={}, headers=headers) for path in POSTS),
    ]
    for answer in answers:
        assert answer.status_code == 401
        assert answer.json == {"error": "a bearer token is needed: Authorization: Bearer <COWBOY_MANAGER_TOKEN>"}


def test_with_the_token_everything_is_open(guarded: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded.post(DEFAULT, json={}, headers=headers).status_code == 200
    assert guarded.get(EXPLICIT, headers=headers).status_code == 200


def test_health_and_documentation_need_no_token(guarded: FlaskClient) -> None:
    assert guarded.get("/health").status_code == 200
    assert guarded.get("/health/live").status_code == 200
    assert guarded.get("/health/ready").status_code == 200
    assert guarded.get("/openapi/openapi.json").status_code == 200


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_a_body_of_another_kind_is_refused(api: FlaskClient, path: str, kind: str | None) -> None:
    answer = api.post(path, data="{}", content_type=kind)
    assert (answer.status_code, answer.json) == (415, {"error": "Content-Type must be application/json"})


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "body",
    [
        *("", "{", "null", "[]", "7", '"text"', "{} {}", "\x00", "NaN", '{"a":1,}'),
        '{"a":' * 10_000 + "1" + "}" * 10_000,
        "[" * 30_000,
        "9" * 10_000,
        b"\xff\xfe{}",
    ],
)
def test_a_body_that_is_no_object_is_refused(api: FlaskClient, path: str, body: str | bytes) -> None:
    answer = api.post(path, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json == {"error": "the body must be a JSON object; send {} where there is nothing to say"}


@pytest.mark.parametrize("path", POSTS)
def test_a_body_that_is_too_large_is_refused(api: FlaskClient, path: str) -> None:
    answer = api.post(path, json={"reason": "x" * MAX_BODY_BYTES})
    assert answer.status_code == 413
    assert answer.json.keys() == {"error"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (EXPLICIT, {}, "human_player_ids: "),
        (EXPLICIT, {"human_player_ids": []}, "bot_player_ids: "),
        (EXPLICIT, {"human_player_ids": [], "bot_player_ids": None}, "bot_player_ids: "),
        (EXPLICIT, {"human_player_ids": [], "bot_player_ids": "B"}, "bot_player_ids: "),
        (EXPLICIT, {"human_player_ids": [], "bot_player_ids": [7]}, "bot_player_ids.0: "),
        (EXPLICIT, {"human_player_ids": [""], "bot_player_ids": []}, "human_player_ids.0: "),
        (EXPLICIT, {"human_player_ids": [], "bot_player_ids": ["p"] * 5}, "bot_player_ids: "),
        (EXPLICIT, {"human_player_ids": [], "bot_player_ids": ["\ud800"]}, "bot_player_ids.0: "),
        (DEFAULT, {"apply_immediately": "yes"}, "apply_immediately: "),
        (DEFAULT, {"force_recreate": 1}, "force_recreate: "),
        (DEFAULT, {"game_guide_version": ""}, "game_guide_version: "),
        (DEFAULT, {"game_guide_version": "a b"}, "game_guide_version: "),
        (DEFAULT, {"brains": {"E": "random"}}, "brains.E"),
        (DEFAULT, {"brains": {"A": "Über"}}, "brains.A"),
        (DEFAULT, {"brains": None}, "brains: "),
        (DEFAULT, {"seed": -1}, "seed: "),
        (DEFAULT, {"seed": 1.5}, "seed: "),
        (DEFAULT, {"seed": 2**63}, "seed: "),
        (f"{BASE}/bindings", {}, "player_id: "),
        (f"{BASE}/bindings", {"player_id": "p", "bot_id": "a/b"}, "bot_id: "),
        (f"{BASE}/bindings", {"player_id": "p", "bot_id": "x" * 201}, "bot_id: "),
        (f"{BASE}/bindings", {"player_id": "p", "create_bot_if_missing": "no"}, "create_bot_if_missing: "),
        (f"{BASE}/teach", {"game_guide_version": "a b"}, "game_guide_version: "),
        ("/internal/v3/bots", {"game_id": "g"}, "player_id: "),
        ("/internal/v3/bots", CREATE | {"player_name": "E"}, "player_name: "),
        ("/internal/v3/bots", CREATE | {"llm_api_key": 7}, "llm_api_key: "),
        ("/internal/v3/bots", CREATE | {"game_id": "a.b"}, "game_id: "),
        (f"{BOT}/teach-game", {}, "game_guide_version: "),
        (f"{BOT}/teach-game", {"game_guide_version": "v1", "turn_no": "7"}, "turn_no: "),
        (f"{BOT}/teach-game", {"game_guide_version": "v1", "state": {}}, "state.map: "),
        (f"{BOT}/teach-game", {"game_guide_version": "v1", "rules_markdown": "\ud800"}, "body: "),
        (f"{BOT}/update", {}, "step: "),
        (f"{BOT}/update", {"step": {"game_id": 7}}, "step.game_id: "),
        (f"{BOT}/move", {"instance": "a b"}, "instance: "),
        (STOP, {"reason": 7}, "reason: "),
        (STOP, {"reason": "x" * 501}, "reason: "),
    ],
)
def test_a_wrong_field_is_named(api: FlaskClient, path: str, body: dict[str, object], field: str) -> None:
    answer = api.post(path, json=body)
    assert answer.status_code == 422
    assert answer.json.keys() == {"error"}
    assert answer.json["error"].startswith(field)


def test_what_was_sent_is_not_repeated(api: FlaskClient) -> None:
    answer = api.post(DEFAULT, json={"game_guide_version": "secret with spaces"})
    assert "secret" not in answer.text


@pytest.mark.parametrize("game_id", ["x" * 201, "..", ".", "a%2Fb", "a b", "a%00b", "a:b", "%F0%9F%A4%A0", "%0d%0a"])
def test_an_id_that_no_game_can_have_is_the_callers_mistake(api: FlaskClient, game_id: str) -> None:
    for answer in (
        api.post(f"/internal/v3/games/{game_id}/assignments/default", json={}),
        api.get(f"/internal/v3/games/{game_id}/assignments"),
    ):
        assert 400 <= answer.status_code < 500
        assert answer.json.keys() == {"error"}


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", EXPLICIT, 405)])
def test_a_route_that_is_not_there_is_said_in_the_same_form(
    api: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = api.open(path, method=method)
    assert answer.status_code == status
    assert answer.json.keys() == {"error"}


def test_a_crash_inside_tells_the_caller_nothing(api: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(api.application.extensions["records"], "of_game", crash)
    answer = api.get(f"{BASE}/turns")
    assert answer.status_code == 500
    assert answer.json == {"error": "internal error; the server's log says more"}


def test_odd_bodies_never_crash_the_server(deaf: FlaskClient) -> None:
    chance = Random(20261122)
    for _ in range(400):
        path = chance.choice(POSTS)
        answer = deaf.post(path, data=json.dumps(odd_body(chance)), content_type="application/json")
        assert answer.status_code in {200, 400, 404, 409, 422}, answer.text
        assert answer.status_code == 200 or answer.json.keys() == {"error"}


FIELDS = (
    *("apply_immediately", "game_guide_version", "force_recreate", "brains", "seed", "reason"),
    *("human_player_ids", "bot_player_ids", "", "game_id", "__class__"),
    *("player_id", "player_name", "bot_id", "input_topic", "llm_api_key", "instance", "step", "state"),
)
ATOMS = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "A",
    "id-b",
    "\x00",
    "\ud800",
    "é" * 300,
)


def odd_body(chance: Random) -> dict[str, object]:
    return {chance.choice(FIELDS): odd_value(chance, 3) for _ in range(chance.randrange(6))}


def odd_value(chance: Random, depth: int) -> object:
    kind = chance.randrange(4) if depth else 0
    if kind == 1:
        return [odd_value(chance, depth - 1) for _ in range(chance.randrange(6))]
    if kind == 2:
        return {str(chance.choice(ATOMS)): odd_value(chance, depth - 1) for _ in range(chance.randrange(4))}
    return chance.choice(ATOMS)
