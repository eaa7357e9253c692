"""What characters know, over HTTP: each thing with its source, opinions apart, and forgetting."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from cowboy.characters.fact import Fact, Kind, Source, Subject
from cowboy.characters.knowledge import Knowledge
from cowboy.characters.record import Character
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.state import State
from tests.integration.manager_api.conftest import post

pytestmark = pytest.mark.integration

CHARACTERS = "/internal/v3/characters"
DANGER = Fact({"lost": 3}, Source("game-7", 12, "Ida", 1_700_000_000_000))
HABITS = Fact({"turns": 9, "move up": 4}, Source("game-8", 2, "Ida", 1_700_000_001_000))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"characters": "independent"})


@pytest.fixture
def ida(settings: Settings, redis: Redis) -> State:
    """Somebody who knows two things, and has one opinion."""
    state = State(settings, redis)
    facts = {Subject(Kind.DANGER, "abc123", "3,5"): DANGER, Subject(Kind.HABITS, "person:A"): HABITS}
    state.characters.take_over(Character(name="Ida", created_at=datetime.now(UTC)), Knowledge(facts))
    redis.lpush(state.keys.opinions("ida"), '{"game_id":"game-8","turn_no":5,"text":"A never hides"}')
    return state


def test_each_thing_is_shown_with_its_game_turn_and_witness(api: FlaskClient, ida: State) -> None:
    answer = api.get(f"{CHARACTERS}/ida/knowledge").json
    assert answer is not None
    assert (answer["name"], answer["scope"], answer["generation"], answer["total"]) == ("Ida", "ida", 0, 2)
    danger, habits = answer["facts"]
    assert danger == {
        "kind": "danger", "map": "abc123", "cell": "3,5", "opponent": None, "counts": {"lost": 3}, "left": None,
        "game_id": "game-7", "turn_no": 12, "witness": "Ida", "at": "2023-11-14T22:13:20Z", "deaths": 0,
        "first_deaths": 0,
    }  # fmt: skip
    assert (habits["opponent"], habits["counts"]) == ("person:A", {"turns": 9, "move up": 4})
    assert answer["opinions"] == [{"game_id": "game-8", "turn_no": 5, "text": "A never hides"}]


def test_a_character_is_shown_with_what_it_knows_in_short(api: FlaskClient, ida: State) -> None:
    assert api.get(f"{CHARACTERS}/Ida").json["knowledge"] == {
        "scope": "ida", "bytes": ida.knowledge.of("Ida").bytes, "facts": {"danger": 1, "habits": 1}, "maps": 1,
        "opponents": 1, "opinions": 1,
    }  # fmt: skip


def test_facts_can_be_picked_and_bounded(api: FlaskClient, ida: State) -> None:
    assert [fact["kind"] for fact in api.get(f"{CHARACTERS}/Ida/knowledge?kind=habits").json["facts"]] == ["habits"]
    assert api.get(f"{CHARACTERS}/Ida/knowledge?map=fff").json["facts"] == []
    answer = api.get(f"{CHARACTERS}/Ida/knowledge?limit=1").json
    assert (len(answer["facts"]), answer["total"]) == (1, 2)


@pytest.mark.parametrize(
    ("query", "status"), [("kind=secrets", 422), ("limit=0", 422), ("limit=99999999", 422), ("map=../x", 422)]
)
def test_a_wrong_question_is_refused(api: FlaskClient, ida: State, query: str, status: int) -> None:
    answer = api.get(f"{CHARACTERS}/Ida/knowledge?{query}")
    assert answer.status_code == status
    assert query.split("=", maxsplit=1)[0] in answer.json["error"]


def test_of_nobody_nothing_is_known(api: FlaskClient, ida: State) -> None:
    answer = api.get(f"{CHARACTERS}/Joss/knowledge")
    assert answer.status_code == 404
    assert "Joss" in answer.json["error"]


def test_an_opponent_is_forgotten_and_asking_again_is_fine(api: FlaskClient, ida: State) -> None:
    assert post(api, f"{CHARACTERS}/forget", {"opponent": "person:A"}) == {"opponent": "person:A", "scopes": 1}
    assert post(api, f"{CHARACTERS}/forget", {"opponent": "person:A"}) == {"opponent": "person:A", "scopes": 0}
    assert [fact["kind"] for fact in api.get(f"{CHARACTERS}/Ida/knowledge").json["facts"]] == ["danger"]


@pytest.mark.parametrize("opponent", ["", "*", "person:Z", "a\u202eb", "x" * 33, None])
def test_what_is_no_opponents_key_is_refused(api: FlaskClient, ida: State, opponent: object) -> None:
    post(api, f"{CHARACTERS}/forget", {"opponent": opponent}, 422)
    assert api.get(f"{CHARACTERS}/Ida/knowledge").json["total"] == 2
