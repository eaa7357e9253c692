"""The OpenAPI document tells all: every route, its answers, its refusals."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

pytestmark = pytest.mark.integration

REFUSALS = {"400", "401", "404", "409", "413", "415", "422", "500", "502"}
ROUTES = {
    ("get", "/health"): {"200"},
    ("post", "/internal/v3/games/{game_id}/assignments/default"): {"200"} | REFUSALS,
    ("post", "/internal/v3/games/{game_id}/assignments"): {"200"} | REFUSALS,
    ("get", "/internal/v3/games/{game_id}/assignments"): {"200"} | REFUSALS,
    ("post", "/internal/v3/games/{game_id}/bots/stop"): {"200"} | REFUSALS,
    ("get", "/internal/v3/games/{game_id}/turns"): {"200", "401", "422", "500", "502"},
}


@pytest.fixture
def document(api: FlaskClient) -> dict[str, Any]:
    return api.get("/openapi/openapi.json").json


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(method, path): operation for path, item in document["paths"].items() for method, operation in item.items()}


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
            if status != "200" and "content" in response:
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
