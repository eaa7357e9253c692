"""Judges a game's talk by its topics alone: one voice in each turn to speak, and no table that stands still. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from pydantic import ValidationError

from cowboy.chaos.evidence import Evidence
from cowboy.chaos.verdict import Violation, Wrong
from cowboy.errors.validation import first_fault
from cowboy.game.summary import SPEECH_LIMIT
from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.talk import TalkMessage

STANDSTILL = timedelta(seconds=30)
"""How long after the end of a turn to speak the word may go on: Redis and all keepers may be away meanwhile."""


class TalkJudged(NamedTuple):
    """How many remarks its bots made, and what is wrong with it."""

    remarks: int
    violations: list[Violation]


def judge_talk(evidence: Evidence) -> TalkJudged:
    """A message that stands there twice under one id is one message.

    What was never told is only looked for where the broker has lost nothing.
    """
    game_id = evidence.game_id
    messages: dict[str, TalkMessage] = {}
    violations: list[Violation] = []
    for seen in evidence.talk:
        try:
            message = TalkMessage.model_validate_json(seen.value or b"")
            messages.setdefault(message.message_id, message)
        except ValidationError as error:
            detail = f"talk, offset {seen.offset}: {first_fault(error)}"
            violations.append(Violation(Wrong.UNREADABLE, game_id, 0, detail))
    wrongs = [*_bad_remarks(messages.values()), *_second_voices(messages.values())]
    if evidence.broker_lives == 1:
        turns = {told.turn_seq: told for told in messages.values() if told.event_type in _ENDS_A_TURN}
        wrongs += _standstills([turns[seq] for seq in sorted(turns)], _last_moment(evidence))
    violations += [Violation(wrong, game_id, 0, detail) for wrong, detail in wrongs]
    return TalkJudged(sum(told.event_type == "remark" and not told.human for told in messages.values()), violations)


_ENDS_A_TURN = frozenset({"handoff", "dormant", "reset"})


def _last_moment(evidence: Evidence) -> datetime | None:
    """When the last event of the game happened."""
    for seen in reversed(evidence.events):
        if not seen.is_forged:
            try:
                return StepEvent.model_validate_json(seen.value or b"").created_at
            except ValidationError:
                continue
    return None


def _standstills(turns: Sequence[TalkMessage], until: datetime | None) -> Iterator[tuple[Wrong, str]]:
    for told, following in pairwise(turns):
        if following.turn_seq > told.turn_seq + 1:
            yield Wrong.LOST_EVENT, f"turns to speak {told.turn_seq + 1} to {following.turn_seq - 1} were never told of"
        elif told.deadline is not None and following.created_at > told.deadline + STANDSTILL:
            yield (
                Wrong.STUCK_TALK,
                f"turn to speak {told.turn_seq} of {told.player_id} until {following.created_at}",
            )
    last = turns[-1] if turns else None
    if last is not None and last.deadline is not None and until is not None and until > last.deadline + STANDSTILL:
        yield Wrong.STUCK_TALK, f"turn to speak {last.turn_seq} of {last.player_id} never went on"


def _bad_remarks(messages: Iterable[TalkMessage]) -> Iterator[tuple[Wrong, str]]:
    for message in messages:
        if len(message.text or "") > SPEECH_LIMIT or message.to is not None:
            yield Wrong.BAD_REMARK, f"turn to speak {message.turn_seq}, by {message.player_id}"


def _second_voices(messages: Iterable[TalkMessage]) -> Iterator[tuple[Wrong, str]]:
    holders: dict[int, str | None] = {}
    spoken: set[int] = set()
    for message in messages:
        seq, player_id = message.turn_seq, message.player_id
        if message.event_type in _ENDS_A_TURN and holders.setdefault(seq, player_id) != player_id:
            yield Wrong.TWO_VOICES, f"turn to speak {seq} was given to {holders[seq]} and to {player_id}"
        if message.event_type == "remark" and not message.human:
            if seq in spoken or holders.get(seq, player_id) != player_id:
                yield Wrong.TWO_VOICES, f"in turn to speak {seq}, that of {holders.get(seq)}, {player_id} spoke, too"
            spoken.add(seq)
