"""The route of one turn: its record and its transcript, or a refusal that says where to look."""

import pytest
from flask.testing import FlaskClient

from cowboy.settings import Settings
from cowboy.state.client import Redis, call_all
from cowboy.state.keys import Keys
from cowboy.state.records import Records
from cowboy.state.transcripts import ExchangeNote, Transcript, Transcripts, TryNote
from tests.integration.manager_api.conftest import GAME
from tests.tables import a_record, table

pytestmark = pytest.mark.integration

BASE = f"/internal/v3/games/{GAME}/turns"


@pytest.fixture
def keys(settings: Settings, redis: Redis) -> Keys:
    """A bot has played turns 1 and 2."""
    keys = Keys(settings.key_prefix)
    redis.rpush(keys.records(GAME), *(a_record(number).model_dump_json() for number in (1, 2)))
    return keys


def test_a_turn_has_its_record_and_its_transcript(api: FlaskClient, redis: Redis, keys: Keys) -> None:
    asked = ExchangeNote(
        model="saloon-7b", mode="text", prompts="v", ms=1, answer="\x1b[2J", tokens_in=9, tokens_out=None
    )
    stored = Transcript(
        turn_no=2,
        table=table(GAME),
        seconds_left=9,
        seed=2**62,
        recent=("{}",),
        profile="saloon",
        bot_id="bot-0",
        speak_text=None,
        tries=(TryNote(brain="llm", outcome="ok", reason=None, ms=2, exchanges=(asked,)),),
    )
    call_all(redis, filter(None, [Transcripts(redis, keys, 60).storing(stored)]))
    answer = api.get(f"{BASE}/2")
    assert answer.status_code == 200, answer.text
    assert answer.json == {
        "game_id": GAME,
        "turn": a_record(2).model_dump(mode="json"),
        "transcript": stored.model_dump(mode="json"),
    }


def test_a_turn_whose_transcript_is_gone_has_its_record(api: FlaskClient, keys: Keys) -> None:
    assert api.get(f"{BASE}/1").json["transcript"] is None


def test_a_turn_that_no_bot_played_is_a_404_that_says_where_to_look(api: FlaskClient, keys: Keys) -> None:
    answer = api.get(f"{BASE}/3")
    assert answer.status_code == 404
    assert answer.json["error"] == (
        f"no bot has played turn 3 of game {GAME}, or its record is gone; those there are: GET {BASE}"
    )


@pytest.mark.parametrize("turn", ["0", "-1", "first", "1e3", "9" * 30])
def test_what_is_no_turn_is_refused(api: FlaskClient, turn: str) -> None:
    assert api.get(f"{BASE}/{turn}").status_code in {404, 422}


def test_a_turn_of_a_long_game_is_found_without_reading_the_others(
    api: FlaskClient, keys: Keys, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.delete(keys.records(GAME))
    turns = [*range(3, 5_000, 3), 1]  # a person has a seat, and one record came late
    redis.rpush(keys.records(GAME), *(a_record(number).model_dump_json() for number in turns))
    monkeypatch.setattr(Records, "of_game", None)
    for turn_no in (1, 3, 303, 2_499, 4_998):
        assert api.get(f"{BASE}/{turn_no}").json["turn"]["turn_no"] == turn_no
    assert api.get(f"{BASE}/30000").status_code == api.get(f"{BASE}/4").status_code == 404
