"""Routes of worker instances, for operators."""

import pytest
from flask.testing import FlaskClient

from cowboy.state.instances import Instances
from tests.integration.manager_api.conftest import GAME, post
from tests.tables import IDS
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

INSTANCES = "/internal/v3/instances"
GAMES = "/internal/v3/games"
DEFAULT = f"{GAMES}/{GAME}/assignments/default"
B = IDS[1]


def shown(api: FlaskClient, name: str) -> dict[str, object]:
    answer = api.get(f"{INSTANCES}/{name}")
    assert answer.status_code == 200, answer.text
    return answer.json


def test_an_instance_shows_what_it_is_and_what_it_holds(deaf: FlaskClient) -> None:
    post(deaf, DEFAULT, {})
    listed = deaf.get(INSTANCES).json["instances"]
    assert [(instance["name"], instance["bots"], instance["waiting"]) for instance in listed] == [
        ("i1", 2, 2),
        ("i2", 1, 1),
    ]
    assert (
        listed[0]
        == shown(deaf, "i1")
        == {
            "name": "i1",
            "capacity": 2,
            "bots": 2,
            "waiting": 2,
            "live": True,
            "closure": None,
            "pool": "threads",
            "concurrency": 4,
            "pid": 7,
        }
    )


def test_a_name_that_only_holds_bots_is_shown_too(deaf: FlaskClient, instances: Instances) -> None:
    post(deaf, DEFAULT, {})
    instances.leave("i1")
    gone = shown(deaf, "i1")
    assert (gone["live"], gone["bots"], gone["capacity"], gone["pid"]) == (False, 2, None, None)
    assert [instance["name"] for instance in deaf.get(INSTANCES).json["instances"]] == ["i1", "i2"]


def test_an_unknown_instance_is_not_found(deaf: FlaskClient) -> None:
    for answer in (deaf.get(f"{INSTANCES}/ghost"), *(deaf.post(f"{INSTANCES}/ghost/{verb}") for verb in VERBS)):
        assert (answer.status_code, answer.json) == (404, {"error": "instance ghost not found"})


VERBS = ("pause", "resume", "drain")


@pytest.mark.parametrize("name", ["a b", "x" * 65, "ü", "a%00"])
def test_a_name_that_no_instance_can_have_is_refused(deaf: FlaskClient, name: str) -> None:
    answer = deaf.get(f"{INSTANCES}/{name}")
    assert answer.status_code == 422
    assert answer.json["error"].startswith("name: ")


def test_a_paused_instance_keeps_its_bots_and_gets_no_more(api: FlaskClient) -> None:
    post(api, DEFAULT, {})
    for _ in range(2):
        paused = post(api, f"{INSTANCES}/i1/pause", {})
        assert (paused["closure"], paused["bots"]) == ("paused", 2)
    bots = api.get(f"{GAMES}/{GAME}").json["bots"]
    assert {(bot["instance"], tuple(bot["pauses"])) for bot in bots} == {("i1", ("instance",)), ("i2", ())}
    for _ in range(2):
        resumed = post(api, f"{INSTANCES}/i1/resume", {})
        assert (resumed["closure"], resumed["bots"]) == (None, 2)
    assert all(bot["pauses"] == [] for bot in api.get(f"{GAMES}/{GAME}").json["bots"])


def test_a_draining_instance_gives_its_bots_away_at_once(api: FlaskClient) -> None:
    post(api, DEFAULT, {})
    for _ in range(2):
        drained = post(api, f"{INSTANCES}/i1/drain", {})
        assert (drained["closure"], drained["bots"]) == ("draining", 0)
    assert shown(api, "i2")["bots"] == 3
    wait_for(lambda: all(bot["status"] == "READY" for bot in api.get(f"{GAMES}/{GAME}").json["bots"]))
    assert post(api, f"{INSTANCES}/i1/resume", {})["closure"] is None


def test_the_last_instance_keeps_its_bots_while_it_drains(api: FlaskClient, instances: Instances) -> None:
    instances.leave("i2")
    post(api, DEFAULT, {})
    drained = post(api, f"{INSTANCES}/i1/drain", {})
    assert (drained["closure"], drained["bots"]) == ("draining", 3)
    assert {bot["status"] for bot in api.get(f"{GAMES}/{GAME}").json["bots"]} == {"READY"}
