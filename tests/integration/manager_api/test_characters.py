"""Routes of characters, and what other routes say of them."""

import json
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from cowboy.characters.archive import COMMON_KNOWLEDGE, RECORDS, write_archive
from cowboy.characters.fact import Fact, Kind, Source, Subject
from cowboy.characters.knowledge import Knowledge
from cowboy.characters.record import Character
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
    assert get(api)["total"] == 0  # nobody was made for the other seats


@pytest.mark.parametrize("name", ["\u212ait", "K\u0456t", "Kit\u200b", "shared", "x" * 33])
def test_a_wish_for_what_is_no_name_is_refused_even_if_it_looks_like_who_sits_there(
    api: FlaskClient, name: str
) -> None:
    post(api, CHARACTERS, {"name": "Kit"})
    post(api, ASSIGNMENT + "/default", {"characters": {"B": "Kit"}})
    assert "name " in str(post(api, ASSIGNMENT + "/default", {"characters": {"B": name}}, 400)["error"])
    assert api.get(ASSIGNMENT).json["bindings"][0]["character"]["name"] == "Kit"


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
    heir = state.careers.bury(held.character, GAME)
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


def archive_of(**records: dict[str, object]) -> dict[str, str]:
    return {RECORDS: json.dumps({"records": {name: {"created_at": 5, **one} for name, one in records.items()}})}


def test_an_import_takes_what_it_can_and_says_what_it_could_not(api: FlaskClient) -> None:
    post(api, CHARACTERS, {"name": "Ida"})
    files = archive_of(IDA={}, Kit={"kills": 3}, **{"a/b": {}}) | {"Joss_state.json": "{", "Kit_sectors.json": "{"}
    told = post(api, f"{CHARACTERS}/import", {"files": files, "faults": {"Lee_state.json": "is no text"}})
    assert (told["imported"], told["present"]) == (["Kit"], ["IDA"])
    assert get(api, "/quarantine")["faults"] == told["faults"]
    faulty = {"a/b_state.json", "Joss_state.json", "Kit_sectors.json", "Lee_state.json"}
    assert set(told["faults"]) == faulty  # type: ignore[call-overload]
    assert get(api, "/kit")["kills"] == 3


FACTS = {
    Subject(Kind.DANGER, "0f3a5c7e9b12", "3,5"): Fact({"lost": 3}, Source("game-7", 12, "Ida", 1_700_000_000_000)),
    Subject(Kind.HABITS, "person:A"): Fact({"turns": 9}, Source("game-8", 2, "Ida", 1_700_000_001_000)),
}


def test_what_is_exported_is_imported_elsewhere_with_all_that_is_known(
    api: FlaskClient, state: State, settings: Settings, redis: Redis, instances: Instances
) -> None:
    for number in range(3):
        character = Character(name=f"Ida {number}", created_at=datetime.now(UTC), generation=2, kills=number)
        state.characters.take_over(character, Knowledge(FACTS, generation=2))
    pages = [get(api, "/export", limit=2, offset=offset) for offset in (0, 2)]
    assert [(page["characters"], page["total"]) for page in pages] == [(2, 3), (1, 3)]
    elsewhere = settings.model_copy(update={"key_prefix": f"{settings.key_prefix}other:"})
    other, there = create_app(elsewhere).test_client(), State(elsewhere, redis)
    for _ in range(2):  # repeated, it changes nothing
        for page in pages:
            told = post(other, f"{CHARACTERS}/import", {"files": page["files"]})
            assert (told["faults"], told["remarks"]) == ({}, {})
        for number in range(3):
            known = there.knowledge.of(f"Ida {number}")
            assert (known.facts, known.generation) == (FACTS, 2)
            assert there.characters.get(f"ida {number}").kills == number
    assert redis.hget(there.keys.knowledge("ida 1"), "bytes") == str(known.bytes)


def test_what_all_know_is_imported_where_all_know_nothing_yet(settings: Settings, redis: Redis) -> None:
    shared = settings.model_copy(update={"characters": "shared"})
    api, state = create_app(shared).test_client(), State(shared, redis)
    files = write_archive([], Knowledge(FACTS)) | archive_of(Ida={})
    files |= {"Ida_sectors.json": files[COMMON_KNOWLEDGE]}
    told = post(api, f"{CHARACTERS}/import", {"files": files})
    assert set(told["remarks"]) == {"Ida_sectors.json"}  # type: ignore[call-overload]
    assert state.knowledge.of("Ida").facts == FACTS
    told = post(api, f"{CHARACTERS}/import", {"files": files})
    assert COMMON_KNOWLEDGE in told["remarks"]  # type: ignore[operator]
    assert state.knowledge.of("Ida").facts == FACTS
    assert json.loads(get(api, "/export")["files"][COMMON_KNOWLEDGE])["facts"]  # type: ignore[index]


def test_what_all_know_elsewhere_is_left_out_where_each_has_its_own(api: FlaskClient, state: State) -> None:
    told = post(api, f"{CHARACTERS}/import", {"files": write_archive([], Knowledge(FACTS)) | archive_of(Ida={})})
    assert (told["imported"], set(told["remarks"])) == (["Ida"], {COMMON_KNOWLEDGE})  # type: ignore[call-overload]
    assert not state.knowledge.of("Ida").facts


def test_an_instances_characters_can_be_given_back(api: FlaskClient, state: State) -> None:
    post(api, ASSIGNMENT + "/default", {})
    given = [*post(api, f"{CHARACTERS}/release", {"owner": "i1"})["names"]]  # type: ignore[misc]
    assert given
    assert set(given) <= set(state.characters.available())


def test_switched_off_none_is_made(settings: Settings, redis: Redis) -> None:
    api = create_app(settings.model_copy(update={"characters": "off"})).test_client()
    assert "COWBOY_CHARACTERS" in str(post(api, CHARACTERS, {}, 409)["error"])
    assert get(api)["total"] == 0
