"""Transcripts: as they were told, of the last turns only, never large, and gone by themselves."""

import base64
import json
import zlib
from random import Random

import pytest

from cowboy.game.situation import Situation
from cowboy.settings import Settings
from cowboy.state.client import Redis, call_all
from cowboy.state.keys import Keys
from cowboy.state.transcripts import (
    ANSWER_CHARACTERS,
    MAX_BYTES,
    TURNS_KEPT,
    ExchangeNote,
    Transcript,
    Transcripts,
    TryNote,
)
from tests.tables import table

pytestmark = pytest.mark.integration

TTL_SECONDS = 60


@pytest.fixture
def transcripts(settings: Settings, redis: Redis) -> Transcripts:
    return Transcripts(redis, Keys(settings.key_prefix), TTL_SECONDS)


def exchange(answer: str | None) -> ExchangeNote:
    return ExchangeNote(
        model="saloon-7b", mode="text", prompts="v", ms=1.5, answer=answer, tokens_in=900, tokens_out=None
    )


def transcript(turn_no: int = 1, *answers: str | None, recent: tuple[str, ...] = ("{}",)) -> Transcript:
    """Each answer of a try of its own."""
    tries = [
        TryNote(brain="llm", outcome="ok", reason=None, ms=2.5, exchanges=(exchange(answer),)) for answer in answers
    ]
    return Transcript(
        turn_no=turn_no,
        table=table("g1"),
        seconds_left=12.5,
        seed=2**62,
        recent=recent,
        profile="saloon",
        bot_id="bot-0",
        speak_text="Reach for the sky.",
        tries=tuple(tries),
    )


def store(transcripts: Transcripts, told: Transcript) -> None:
    call_all(transcripts._redis, filter(None, [transcripts.storing(told)]))


def noise(characters: int) -> str:
    """What no packing makes smaller."""
    chance = Random(characters)
    return "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(characters))


def test_what_is_stored_is_read_again_to_the_last_field(transcripts: Transcripts) -> None:
    stored = transcript(7, "shoot left", None)
    store(transcripts, stored)
    assert transcripts.of_turn("g1", 7) == stored
    assert transcripts.of_turn("g1", 8) is None
    assert transcripts.of_turn("g2", 7) is None


def test_every_fact_that_a_brain_is_told_is_there_when_it_is_asked_again(transcripts: Transcripts) -> None:
    facts: dict[str, object] = {
        "table": table("g1"),
        "seconds_left": 2.5,
        "seed": 7,
        "recent": ("{}", "[]"),
        "profile": "saloon",
        "bot_id": "bot-0",
        "feedback": "shoot left is illegal",
        "notes": "B hides.",
        "rules": "Shots bend.",
        "may_speak": False,
        "tells_urgency": True,
        "experience": {"cells": [{"row": 1, "col": 2, "turns": 3}]},
        "character": {"name": "Ida", "horse": "Red Flint"},
    }
    told = Situation.model_validate(facts)
    unset = {name for name, field in Situation.model_fields.items() if getattr(told, name) == field.default}
    assert not unset, "a new fact: give it a value here that is not its default"
    store(transcripts, Transcript.of(told, None, ()))
    found = transcripts.of_turn("g1", told.table.turn_no)
    assert found is not None
    assert found.situation == told


def test_a_transcript_of_a_version_that_knew_fewer_facts_is_read(
    transcripts: Transcripts, redis: Redis, settings: Settings
) -> None:
    former = {
        "turn_no": 1,
        "table": table("g1").model_dump(mode="json"),
        "seconds_left": 12.5,
        "seed": 7,
        "recent": ["{}"],
        "profile": "saloon",
        "bot_id": "bot-0",
        "speak_text": None,
        "tries": [{"brain": "random", "outcome": "ok", "reason": None, "ms": 1.0, "exchanges": []}],
    }
    packed = base64.b64encode(zlib.compress(json.dumps(former).encode())).decode()
    redis.hset(Keys(settings.key_prefix).transcripts("g1"), "1", packed)
    found = transcripts.of_turn("g1", 1)
    assert found is not None
    assert (found.situation.seed, found.situation.may_speak, found.tries[0].brain) == (7, True, "random")


def test_a_game_has_those_of_its_last_turns(transcripts: Transcripts, redis: Redis, settings: Settings) -> None:
    for turn_no in range(1, TURNS_KEPT + 3):
        store(transcripts, transcript(turn_no))
    assert redis.hlen(Keys(settings.key_prefix).transcripts("g1")) == TURNS_KEPT
    assert [transcripts.of_turn("g1", turn_no) is None for turn_no in (1, 2, 3, TURNS_KEPT + 2)] == [
        True,
        True,
        False,
        False,
    ]


def test_they_expire_by_themselves(transcripts: Transcripts, redis: Redis, settings: Settings) -> None:
    store(transcripts, transcript())
    assert 0 < redis.ttl(Keys(settings.key_prefix).transcripts("g1")) <= TTL_SECONDS


def test_of_a_long_answer_the_beginning_and_the_end_are_kept() -> None:
    answer = exchange("<think>" + "hm " * 10_000 + "shoot left").answer
    assert answer is not None
    assert len(answer) < ANSWER_CHARACTERS + 100
    assert answer.startswith("<think>hm")
    assert answer.endswith("shoot left")
    assert "26017 characters left out" in answer


def test_an_answer_that_is_no_text_anybody_could_store_is_stored_all_the_same(transcripts: Transcripts) -> None:
    store(transcripts, transcript(1, "\ud800 \x00 \x1b[2J"))
    kept = transcripts.of_turn("g1", 1)
    assert kept is not None
    assert kept.tries[0].exchanges[0].answer == "? \x00 \x1b[2J"


@pytest.mark.parametrize(
    ("past", "talk", "kept"),
    [
        (10, 10, (True, True, True)),
        (20_000, 10, (False, True, False)),
        (20_000, 20_000, (False, False, False)),
    ],
)
def test_one_that_is_too_large_loses_its_past_first_and_then_what_was_said(
    transcripts: Transcripts, redis: Redis, settings: Settings, past: int, talk: int, kept: tuple[bool, bool, bool]
) -> None:
    store(transcripts, transcript(1, *(noise(talk + n) for n in range(6)), recent=(noise(past),)))
    (stored,) = redis.hvals(Keys(settings.key_prefix).transcripts("g1"))
    assert len(stored) <= MAX_BYTES
    found = transcripts.of_turn("g1", 1)
    assert found is not None
    assert (bool(found.recent), bool(found.tries), found.whole) == kept
    assert found.table.state == transcript().table.state
