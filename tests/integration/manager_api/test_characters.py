"""Routes of characters, and what other routes say of them."""

import pytest
from flask.testing import FlaskClient

from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.instances import Instances
from cowboy.state.state import State
from manager_api.app import create_app
from tests.integration.manager_api.conftest import GAME, post
from tests.tables import IDS

pytestmark = pytest.mark.integration

CHARACTERS = "/internal/v3/characters"
ASSIGNMENT = f"/internal/v3/games/{GAME}/assignments"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"characters": "inherit_on_death"})


@pytest.fixture
def state(settings: Settings, redis: Redis) -> State:
    return State(settings, redis)


@pytest.fixture
def api(settings: Settings, redis: Redis, instances: Instances, tasks: list[list[object]]) -> FlaskClient:
    return create_app(settings).test_client()


def get(api: FlaskClient, path: str = "", **query: object) -> dict[str, object]:
    answer = api.get(f"{CHARACTERS}{path}", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_an_assignment_says_who_the_bots_are_and_gives_away_no_token(api: FlaskClient, state: State) -> None:
    post(api, CHARACTERS, {"name": "Calamity Joe", "horse_name": "Biscuit"})
    answer = api.post(ASSIGNMENT + "/default", json={"characters": {"B": "calamity joe", "C": None}})
    assert answer.status_code == 200, answer.text
    seats = {bot["player_name"]: bot.get("character") for bot in answer.json["bindings"]}
    assert seats["B"] == {"name": "Calamity Joe", "horse": "Biscuit"}
    assert seats["C"] is None
    assert seats["D"]["name"]
    bot = api.get("/internal/v3/bots").json["bots"][0]
    assert bot["character"] == seats["B"]
    held = state.bindings.get(GAME, IDS[1])
    assert held is not None
    assert held.character is not None
    everything = [answer.text, api.get(CHARACTERS).text, api.get(f"{CHARACTERS}/Calamity Joe").text]
    everything.append(api.get(f"/internal/v3/bots/{held.bot_id}").text)
    assert not [text for text in everything if held.character.token in text]


def test_whom_a_seat_cannot_have_is_refused(api: FlaskClient) -> None:
    refused = post(api, ASSIGNMENT + "/default", {"characters": {"B": "Nobody"}}, 404)
    assert "'Nobody', whom nobody knows" in str(refused["error"])
    assert api.get(ASSIGNMENT).status_code == 404


def test_characters_are_listed_by_status_and_name_and_in_pages(api: FlaskClient) -> None:
    for name in ("Ida", "Idabel", "Kit"):
        post(api, CHARACTERS, {"name": name})
    post(api, f"{CHARACTERS}/Kit/retire", {})
    listed = get(api, prefix="ida", limit=1, offset=1)
    assert ([one["name"] for one in listed["characters"]], listed["total"]) == (["Idabel"], 2)  # type: ignore[attr-defined]
    assert [one["name"] for one in get(api, status="retired")["characters"]] == ["Kit"]  # type: ignore[attr-defined]
    assert get(api, "/statistics")["retired_characters"] == 1


def test_a_family_is_shown_in_text_and_as_a_picture(api: FlaskClient, state: State) -> None:
    post(api, CHARACTERS, {"name": "Ida"})
    bots = api.post(ASSIGNMENT + "/default", json={"characters": {"B": "Ida"}}).json["bindings"]
    held = state.bindings.get(GAME, bots[0]["player_id"])
    assert held is not None
    assert held.character is not None
    heir = state.characters.bury(held.character, GAME)
    assert get(api, "/ida")["family"] == ["Ida", heir]
    tree = get(api, "/tree", name=heir)
    assert str(tree["text"]).splitlines()[1].startswith(f"└─ {heir} on ")
    assert str(tree["svg"]).count("<rect") == 2
    assert post(api, f"{CHARACTERS}/clean-up", {"keep": 0})["names"] == ["Ida"]
    assert api.get(f"{CHARACTERS}/Ida").status_code == 404


def test_what_cannot_be_done_is_refused_and_named(api: FlaskClient) -> None:
    post(api, CHARACTERS, {"name": "Ida"})
    for body, status, says in (
        ({"name": "IDA"}, 409, "'IDA' is taken"),
        ({"name": "shared"}, 400, "'shared' is reserved"),
        ({"name": "I\u200bda"}, 400, "\\u200b"),
        ({"name": "Kit", "horse_name": "ida"}, 409, "'ida' is taken"),
    ):
        assert says in str(post(api, CHARACTERS, body, status)["error"])
    assert "keep=-1" in str(post(api, f"{CHARACTERS}/clean-up", {"keep": -1}, 400)["error"])
    assert api.get(f"{CHARACTERS}/tree?name=Nobody").status_code == 404
    assert get(api)["total"] == 1


def test_an_import_takes_what_it_can_and_says_what_it_could_not(api: FlaskClient) -> None:
    post(api, CHARACTERS, {"name": "Ida"})
    made = {"created_at": "2026-01-01T00:00:00Z"}
    told = post(
        api,
        f"{CHARACTERS}/import",
        {
            "characters": [{"name": "IDA", **made}, {"name": "Kit", "kills": 3, **made}, {"name": "a/b", **made}],
            "faults": {"Lee_state.json": "is no JSON"},
        },
    )
    assert (told["imported"], told["present"]) == (["Kit"], ["IDA"])
    assert get(api, "/quarantine")["faults"] == told["faults"]
    assert set(told["faults"]) == {"a/b", "Lee_state.json"}  # type: ignore[call-overload]
    assert get(api, "/kit")["kills"] == 3


def test_an_instances_characters_can_be_given_back(api: FlaskClient, state: State) -> None:
    post(api, ASSIGNMENT + "/default", {})
    given = [*post(api, f"{CHARACTERS}/release", {"owner": "i1"})["names"]]  # type: ignore[misc]
    assert given
    assert set(given) <= set(state.characters.available())


def test_switched_off_none_is_made(settings: Settings, redis: Redis) -> None:
    api = create_app(settings.model_copy(update={"characters": "off"})).test_client()
    assert "COWBOY_CHARACTERS" in str(post(api, CHARACTERS, {}, 409)["error"])
    assert get(api)["total"] == 0
