"""Transcripts: on what and how a bot's turn was decided, to be read, and to ask the brain again.

The long part of a turn's record (`cowboy.state.records`): of a game's last turns only, packed, and lost without harm.
"""

import base64
import zlib
from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict

from cowboy.game.situation import Situation
from cowboy.state.client import Call, Redis, script, state_errors
from cowboy.state.keys import Keys

TURNS_KEPT = 200
"""Turns kept of each game: a turn replaces the one that many turns before it."""

MAX_BYTES = 32_000
"""The largest packed transcript. A turn of a model takes some 2 kB, one of another brain some 500 bytes."""

ANSWER_CHARACTERS = 4_000
"""Characters kept of a model's answer: its beginning, which has the thoughts, and its end, which has the command."""

NAME_CHARACTERS = 100
"""Characters kept of the name of a model, a form or a version."""


def _shortened(text: object) -> object:
    """A text as it can be stored, whatever a model said; its middle left out where it is long."""
    if not isinstance(text, str):
        return text
    if (over := len(text) - ANSWER_CHARACTERS) > 0:
        half = ANSWER_CHARACTERS // 2
        text = f"{text[:half]}\n[{over} characters left out]\n{text[-half:]}"
    return text.encode("utf-8", "replace").decode()


def _named(name: object) -> object:
    return name[:NAME_CHARACTERS] if isinstance(name, str) else name


Talk = Annotated[str | None, BeforeValidator(_shortened)]
Name = Annotated[str, BeforeValidator(_named)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class ExchangeNote(_Part):
    """A question to a model. `prompts` is the version of the words it was asked with, `mode` the form of the answer
    asked for. `answer` is what came back, raw (its middle left out where it is long); None if nothing did. Model's
    tokens as its provider counts them."""

    model: Name
    mode: Name
    prompts: Name
    ms: float
    answer: Talk
    tokens_in: int | None
    tokens_out: int | None


class TryNote(_Part):
    """One request for a decision to the bot's own brain or the fallback. `reason` is why its decision was not taken."""

    brain: str
    outcome: str
    reason: str | None
    ms: float
    exchanges: tuple[ExchangeNote, ...]


class Transcript(Situation):
    """The situation that a turn was decided in, and each try to decide it.

    `speak_text` is what was said in the end, if it was a speech (the turn's record has the rest of the command).
    `seconds_left` is the time there was. `whole` is false if something was left out, because there was too much.
    """

    turn_no: int
    speak_text: Talk
    tries: tuple[TryNote, ...]
    whole: bool = True

    @classmethod
    def of(cls, situation: Situation, speak_text: str | None, tries: Iterable[object]) -> Self:
        """The transcript of a turn. Raises `ValidationError` for tries with values of the wrong type."""
        return cls(
            **_facts(situation),
            turn_no=situation.table.turn_no,
            speak_text=speak_text,
            tries=tuple(map(TryNote.model_validate, tries)),
        )

    @property
    def situation(self) -> Situation:
        """What the brain was told, without what came of it."""
        return Situation(**_facts(self))

    @property
    def reason(self) -> str | None:
        """Why the last decision of the bot's own brain was not taken; None if it was."""
        own = [one for one in self.tries if one.brain == self.tries[0].brain]
        return own[-1].reason if own else None

    @property
    def last_exchange(self) -> ExchangeNote | None:
        """The last exchange of the bot's own brain with a model."""
        own = [one for one in self.tries if one.brain == self.tries[0].brain]
        return next((exchange for one in reversed(own) for exchange in reversed(one.exchanges)), None)


def _facts(situation: Situation) -> dict[str, Any]:
    return {name: getattr(situation, name) for name in Situation.model_fields}


class Transcripts:
    """The transcripts of all games. They outlive their game by `history_ttl_seconds`, like the records."""

    def __init__(self, client: Redis, keys: Keys, history_ttl_seconds: int) -> None:
        self._redis = client
        self._keys = keys
        self._history_ttl_ms = history_ttl_seconds * 1000
        self._store_transcript = script(client, "store_transcript")

    def storing(self, transcript: Transcript) -> Call | None:
        """The call that keeps it; None for one that is too large even without what was said."""
        if (packed := _pack(transcript)) is None:
            return None
        key = self._keys.transcripts(transcript.table.game_id)
        return Call(self._store_transcript, keys=[key], args=[_place(transcript.turn_no), packed, self._history_ttl_ms])

    def of_turn(self, game_id: str, turn_no: int) -> Transcript | None:
        """The transcript of one turn; None if there was none, or another one has taken its place."""
        with state_errors(f"reading the transcript of turn {turn_no} of game {game_id}"):
            packed = self._redis.hget(self._keys.transcripts(game_id), _place(turn_no))
        if not isinstance(packed, str):
            return None
        transcript = Transcript.model_validate_json(zlib.decompress(base64.b64decode(packed)))
        return transcript if transcript.turn_no == turn_no else None


def _place(turn_no: int) -> str:
    return str(turn_no % TURNS_KEPT)


def _pack(transcript: Transcript) -> str | None:
    """As it is stored: the whole, or as much as there is room for. Text, since our connections carry nothing else."""
    without_past = transcript.model_copy(update={"recent": (), "rules": "", "whole": False})
    without_talk = without_past.model_copy(update={"tries": ()})
    for kept in (transcript, without_past, without_talk):
        packed = base64.b64encode(zlib.compress(kept.model_dump_json().encode(), level=1)).decode()
        if len(packed) <= MAX_BYTES:
            return packed
    return None
