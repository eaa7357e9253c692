"""The OpenAPI document tells all: every route, its answers, its refusals."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from cowboy.settings import Bind, Settings
from manager_api.app import create_app
from tests.prefix_proxy import under_a_path

pytestmark = pytest.mark.integration

READING = {"200", "401", "404", "422", "500", "502"}
CHANGING = READING | {"400", "409", "413", "415"}
GAME = "/internal/v3/games/{game_id}"
BOT = "/internal/v3/bots/{bot_id}"
INSTANCE = "/internal/v3/instances/{name}"
CHARACTERS = "/internal/v3/characters"
ROUTES = {
    ("get", "/health"): {"200"},
    ("get", "/health/live"): {"200"},
    ("get", "/health/ready"): {"200", "503"},
    ("get", f"{GAME}/turns"): READING,
    ("get", f"{GAME}/turns/{{turn_no}}"): READING,
    ("get", f"{GAME}/usage"): READING,
    ("get", f"{GAME}/talk"): READING,
    ("post", "/internal/v3/talk/mute"): CHANGING,
    ("get", f"{GAME}/assignments"): READING,
    ("get", "/internal/v3/games"): READING,
    ("get", GAME): READING,
    ("get", "/internal/v3/bots"): READING,
    ("get", BOT): READING,
    ("get", "/internal/v3/instances"): READING,
    ("get", INSTANCE): READING,
    ("get", CHARACTERS): READING,
    ("get", f"{CHARACTERS}/export"): READING,
    ("get", f"{CHARACTERS}/statistics"): READING,
    ("get", f"{CHARACTERS}/tree"): READING,
    ("get", f"{CHARACTERS}/quarantine"): READING,
    ("get", f"{CHARACTERS}/{{name}}"): READING,
    ("get", f"{CHARACTERS}/{{name}}/knowledge"): READING,
    ("post", CHARACTERS): CHANGING,
    ("delete", BOT): CHANGING,
    ("post", "/internal/v3/bots"): CHANGING,
} | {
    ("post", f"{noun}/{verb}"): CHANGING
    for noun, verbs in {
        GAME: (
            "assignments/default",
            "assignments",
            "bindings",
            "bots/stop",
            "pause",
            "resume",
            "teach",
            "talk",
            "talk/reset",
        ),
        BOT: ("teach-game", "update", "pause", "resume", "move"),
        INSTANCE: ("pause", "resume", "drain"),
        CHARACTERS: ("clean-up", "release", "import", "forget", "{name}/retire"),
    }.items()
    for verb in verbs
}


@contextmanager
def served(app: Flask) -> Iterator[Bind]:
    """With the application on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Bind.of("127.0.0.1", server.port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def document(api: FlaskClient) -> dict[str, Any]:
    return api.get("/openapi/openapi.json").json


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(method, path): operation for path, item in document["paths"].items() for method, operation in item.items()}


def test_the_documentation_can_be_read_under_any_path(settings: Settings) -> None:
    with (
        served(create_app(settings)) as bind,
        under_a_path(bind, "/bots") as proxy,
        httpx.Client(follow_redirects=True) as client,
    ):
        page = client.get(f"{proxy.base_url}/openapi")
        assert (page.status_code, page.url) == (200, f"{proxy.base_url}/openapi/")
        swagger = client.get(page.url.join("swagger"))
        for address in re.findall(r'(?:href|src)="([^"]+)"', swagger.text):
            assert client.get(swagger.url.join(address)).status_code == 200, address
        document = client.get(swagger.url.join("openapi.json"))
        (server,) = document.json()["servers"]
        assert document.url.join(server["url"]) == f"{proxy.base_url}/"
        assert client.get(f"{proxy.base_url}/internal//v3/games").status_code == 404
    assert all(path.startswith("/bots/") for path in proxy.asked)


def test_every_route_is_in_it_and_nothing_else(document: dict[str, Any], api: FlaskClient) -> None:
    assert operations(document).keys() == ROUTES.keys()
    served = {
        (method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule))
        for rule in api.application.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith(("/openapi", "/static"))
    }
    assert served == ROUTES.keys()


def test_every_route_says_how_it_can_refuse(document: dict[str, Any]) -> None:
    for route, operation in operations(document).items():
        assert ROUTES[route] <= operation["responses"].keys(), route
        assert operation["summary"], route


def test_a_refusal_always_has_the_one_form(document: dict[str, Any]) -> None:
    for route, operation in operations(document).items():
        for status, response in operation["responses"].items():
            if status not in {"200", "503"} and "content" in response:
                schema = resolve(document, response["content"]["application/json"]["schema"])
                assert schema.get("properties", {}).keys() == {"error"}, (route, status)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in set(re.findall(r"#/[\w/.-]+", str(document))):
        resolve(document, {"$ref": reference})


def test_the_version_is_one_that_tools_know(document: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.[01]\.\d", document["openapi"])


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found
