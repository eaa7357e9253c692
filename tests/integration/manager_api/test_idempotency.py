"""The header `Idempotency-Key`: sent again, answered again, carried out once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cowboy.bots.assigner import Assigner
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from manager_api.app import create_app
from tests.game_manager import GameManagerServer
from tests.integration.manager_api.conftest import GAME
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

BASE = f"/internal/v3/games/{GAME}"
DEFAULT = f"{BASE}/assignments/default"
STOP = f"{BASE}/bots/stop"


def send(
    api: FlaskClient, path: str, body: dict[str, object], key: str = "key 1", method: str = "POST"
) -> TestResponse:
    return api.open(path, method=method, json=body, headers={"Idempotency-Key": key})


def test_a_repeated_request_gets_the_first_answer_and_does_nothing(deaf: FlaskClient, redis: Redis) -> None:
    first = send(deaf, DEFAULT, {"force_recreate": True})
    send(deaf, STOP, {}, "key 2")
    again = send(deaf, DEFAULT, {"force_recreate": True})
    assert (first.status_code, again.status_code, again.data) == (200, 200, first.data)
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert again.content_type == first.content_type
    assert deaf.get(f"{BASE}/assignments").status_code == 404
    assert send(deaf, STOP, {}, "key 2").json["destroyed_bot_count"] == 3


def test_a_refusal_is_an_answer_too(deaf: FlaskClient, game_manager: GameManagerServer) -> None:
    path = "/internal/v3/games/later/assignments/default"
    assert send(deaf, path, {}).status_code == 404
    game_manager.answers["later"] = game_manager.answers[GAME]
    again = send(deaf, path, {})
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (404, "true")


def test_a_failure_of_ours_may_be_tried_again_under_the_same_key(
    deaf: FlaskClient, game_manager: GameManagerServer
) -> None:
    known = game_manager.answers[GAME]
    game_manager.answers[GAME] = 500
    assert send(deaf, DEFAULT, {}).status_code == 502
    game_manager.answers[GAME] = known
    assert send(deaf, DEFAULT, {}).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "method"),
    [(DEFAULT, {"seed": 8}, "POST"), (STOP, {"seed": 7}, "POST"), ("/internal/v3/bots/b", {"seed": 7}, "DELETE")],
)
def test_a_key_that_was_used_for_another_request_is_refused(
    deaf: FlaskClient, path: str, body: dict[str, object], method: str
) -> None:
    send(deaf, DEFAULT, {"seed": 7})
    answer = send(deaf, path, body, method=method)
    assert answer.status_code == 422
    assert answer.json == {"error": "Idempotency-Key: was used for another request; take another one"}


@pytest.mark.parametrize("key", ["", "x" * 129, "ü", "a\tb"])
def test_a_key_that_cannot_be_kept_is_refused(deaf: FlaskClient, key: str) -> None:
    answer = send(deaf, STOP, {}, key)
    assert answer.status_code == 400
    assert answer.json == {"error": "Idempotency-Key: must be of 1 to 128 printable ASCII characters"}


def test_a_second_request_while_the_first_is_carried_out_is_a_conflict(
    deaf: FlaskClient, redis: Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, leave = threading.Event(), threading.Event()

    def stop(*_: object) -> int:
        entered.set()
        assert leave.wait(30)
        return 5

    monkeypatch.setattr(Assigner, "stop", stop)
    monkeypatch.setattr("manager_api.idempotency.MARKED", timedelta(seconds=0.3))
    key = Keys(settings.key_prefix).answer("key 1")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send, deaf.application.test_client(), STOP, {})
        assert entered.wait(30)
        try:
            redis.pexpire(key, 5_000)
            wait_for(lambda: redis.pttl(key) > 5_000)  # renewed, as long as it takes
            second = send(deaf, STOP, {})
        finally:
            leave.set()
        assert second.status_code == 409
        assert second.json == {"error": "Idempotency-Key: the first request is still being carried out; try again"}
        assert first.result().json["destroyed_bot_count"] == 5
    wait_for(lambda: "idempotency" not in {thread.name for thread in threading.enumerate()})
    assert send(deaf, STOP, {}).json["destroyed_bot_count"] == 5


def test_a_request_that_crashed_may_be_tried_again(deaf: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> int:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Assigner, "stop", crash)
        assert send(deaf, STOP, {}).status_code == 500
    assert send(deaf, STOP, {}).status_code == 200


def test_what_is_only_read_is_read_anew(deaf: FlaskClient, redis: Redis, settings: Settings) -> None:
    for _ in range(2):
        answer = deaf.get("/internal/v3/bots", headers={"Idempotency-Key": "key 1"})
        assert "Idempotency-Replayed" not in answer.headers
    assert not redis.exists(Keys(settings.key_prefix).answer("key 1"))


def test_without_redis_a_key_cannot_be_heeded_and_nothing_is_done(settings: Settings) -> None:
    api = create_app(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})).test_client()
    assert send(api, STOP, {}).status_code == 502
