"""Bodies of talk."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from cowboy.game.summary import SPEECH_LIMIT
from cowboy.game.wire.talk import TalkMessage
from cowboy.speaking.floor import TableSheet
from manager_api.schemas.base import Body, Identifier

Speech = Annotated[
    str, Field(min_length=1, max_length=SPEECH_LIMIT, pattern=r"^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$")
]
"""One line, with something to see on it."""


class TalkQuery(Body):
    player_id: Identifier | None = Field(None, description="Also what was said to this seat alone, or by it.")


class Say(Body):
    player_id: Identifier = Field(description="The person that speaks.")
    text: Speech
    to: Identifier | None = Field(None, description="The seat that alone hears it; all do if absent.")


class Mute(Body):
    what: Literal["bot", "game", "instance"]
    name: Identifier = Field(description="Id of the bot or the game, or name of the instance.")
    muted: bool = True


class MutedView(Body):
    what: str
    name: str
    muted: bool


class RemarkView(Body):
    """A message of the talk; in a remark, `player_id` has spoken, else it has the word until `deadline`."""

    event_type: str
    cause: str
    turn_seq: int
    player_id: str | None
    previous: str | None
    passed: tuple[str, ...]
    deadline: datetime | None
    text: str | None
    to: str | None
    human: bool
    created_at: datetime

    @classmethod
    def of(cls, message: TalkMessage) -> "RemarkView":
        return cls.model_validate(message.model_dump())


class TalkView(Body):
    """A table. `history` is oldest first; the rule says which bot has the word next."""

    channel_id: str
    has_turn_state: bool
    turn_order: tuple[str, ...]
    current_speaker: str | None
    no_replied_this_cycle: tuple[str, ...]
    last_changed_at: datetime | None
    deadline: datetime | None
    dormant: bool
    pre_populated: bool
    turn_seq: int
    rule: str
    rule_says: str
    muted: tuple[str, ...]
    history: tuple[RemarkView, ...]

    @classmethod
    def of(cls, sheet: TableSheet) -> "TalkView":
        talk = sheet.talk
        return cls(
            channel_id=sheet.game_id,
            has_turn_state=talk is not None,
            turn_order=talk.order if talk else (),
            current_speaker=talk.speaker if talk else None,
            no_replied_this_cycle=talk.passed if talk else (),
            last_changed_at=_moment(talk.changed_ms if talk else None),
            deadline=_moment(talk.deadline_ms if talk else None),
            dormant=talk is None or talk.dormant,
            pre_populated=talk is not None and talk.pre_populated,
            turn_seq=talk.turn_seq if talk else 0,
            rule=sheet.rule.name,
            rule_says=sheet.rule.sentence,
            muted=sheet.muted,
            history=tuple(map(RemarkView.of, sheet.history)),
        )


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)
