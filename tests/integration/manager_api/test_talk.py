"""Routes of talk."""

import pytest
from flask.testing import FlaskClient

from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from cowboy.state.talk import Talks
from cowboy.talk.table import Listed
from tests.integration.manager_api.conftest import GAME, Json, post
from tests.tables import IDS

pytestmark = pytest.mark.integration

TALK = f"/internal/v3/games/{GAME}/talk"
A, B, C, D = IDS


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"talk": "table"})


@pytest.fixture
def assigned(api: FlaskClient) -> Json:
    """The bots of a game, B to D, ready."""
    return post(api, f"/internal/v3/games/{GAME}/assignments/default", {})


@pytest.fixture
def talks(assigned: Json, settings: Settings, redis: Redis) -> Talks:
    made = Talks(redis, Keys(settings.key_prefix))
    made.take(GAME, Listed((B, C, D)))
    return made


def test_a_table_shows_who_has_the_word_and_what_the_rule_is(api: FlaskClient, talks: Talks) -> None:
    shown = api.get(TALK).json
    talk = talks.get(GAME)
    assert talk is not None
    assert (shown["current_speaker"], shown["turn_seq"], shown["dormant"]) == (talk.speaker, 1, False)
    assert sorted(shown["turn_order"]) == [B, C, D]
    assert shown["rule_says"] == talks.rules.speakers.sentence
    assert shown["history"][-1]["event_type"] == "handoff"


def test_a_person_speaks_and_the_word_goes_on(api: FlaskClient, talks: Talks) -> None:
    shown = post(api, TALK, {"player_id": A, "text": "You are slow today."})
    assert shown["turn_seq"] == 2
    remark = next(message for message in shown["history"] if message["event_type"] == "remark")
    assert (remark["player_id"], remark["text"], remark["human"]) == (A, "You are slow today.", True)


def test_a_private_remark_is_shown_to_two_seats(api: FlaskClient, talks: Talks) -> None:
    post(api, TALK, {"player_id": A, "text": "Help me.", "to": B})
    seen = {seat: "Help me." in api.get(TALK, query_string={"player_id": seat}).text for seat in (A, B, C)}
    assert seen == {A: True, B: True, C: False}
    assert "Help me." not in api.get(TALK).text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"player_id": B, "text": "I am a bot."}, 400),
        ({"player_id": A, "text": "Hello?", "to": "nobody"}, 400),
        ({"player_id": A, "text": "x" * 141}, 422),
        ({"player_id": A, "text": "two\nlines"}, 422),
        ({"player_id": A, "text": "right \u202eot left"}, 400),
        ({"player_id": A, "text": "hidden\U000e0041"}, 400),
        ({"player_id": A, "text": "  "}, 422),
        ({"player_id": A}, 422),
    ],
)
def test_what_cannot_be_said_is_refused(api: FlaskClient, talks: Talks, body: Json, status: int) -> None:
    answer = api.post(TALK, json=body)
    assert answer.status_code == status
    assert talks.remarks(GAME, A) == []


def test_who_says_too_much_is_told_when_to_say_more(api: FlaskClient, talks: Talks, settings: Settings) -> None:
    answers = [api.post(TALK, json={"player_id": A, "text": f"{number}"}) for number in range(20)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert [answer.status_code for answer in answers[:5]] == [200] * 5
    assert len(refused) >= 10
    assert len(talks.remarks(GAME, A)) == 20 - len(refused)
    apart_seconds = 60 / settings.talk_person_remarks_per_minute
    assert all(1 <= int(answer.headers["Retry-After"]) <= apart_seconds for answer in refused)


def test_an_unknown_game_has_no_table(api: FlaskClient) -> None:
    assert api.get("/internal/v3/games/nowhere/talk").status_code == 404


def test_a_table_is_silenced_until_somebody_speaks(api: FlaskClient, talks: Talks) -> None:
    assert post(api, f"{TALK}/reset", {})["dormant"]
    assert not post(api, TALK, {"player_id": A, "text": "Still here?"})["dormant"]


@pytest.mark.parametrize(("what", "name"), [("game", GAME), ("instance", "i1")])
def test_what_is_muted_is_shown_until_it_is_undone(api: FlaskClient, talks: Talks, what: str, name: str) -> None:
    post(api, "/internal/v3/talk/mute", {"what": what, "name": name})
    assert api.get(TALK).json["muted"] == [f"{what} {name}"]
    post(api, "/internal/v3/talk/mute", {"what": what, "name": name, "muted": False})
    assert api.get(TALK).json["muted"] == []
