"""Judges a game's talk by its topic alone: one voice in each turn to speak. Pure."""

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from cowboy.chaos.evidence import Seen
from cowboy.chaos.verdict import Violation, Wrong
from cowboy.errors.validation import first_fault
from cowboy.game.summary import SPEECH_LIMIT
from cowboy.game.wire.talk import TalkMessage


def judge_talk(game_id: str, talk: Iterable[Seen]) -> list[Violation]:
    """What is wrong with it. A message that stands there twice under one id is one message."""
    messages: dict[str, TalkMessage] = {}
    violations: list[Violation] = []
    for seen in talk:
        try:
            message = TalkMessage.model_validate_json(seen.value or b"")
            messages.setdefault(message.message_id, message)
        except ValidationError as error:
            detail = f"talk, offset {seen.offset}: {first_fault(error)}"
            violations.append(Violation(Wrong.UNREADABLE, game_id, 0, detail))
    wrongs = (*_bad_remarks(messages.values()), *_second_voices(messages.values()))
    return violations + [Violation(wrong, game_id, 0, detail) for wrong, detail in wrongs]


def _bad_remarks(messages: Iterable[TalkMessage]) -> Iterator[tuple[Wrong, str]]:
    for message in messages:
        if len(message.text or "") > SPEECH_LIMIT or message.to is not None:
            yield Wrong.BAD_REMARK, f"turn to speak {message.turn_seq}, by {message.player_id}"


def _second_voices(messages: Iterable[TalkMessage]) -> Iterator[tuple[Wrong, str]]:
    holders: dict[int, str | None] = {}
    spoken: set[int] = set()
    for message in messages:
        seq, player_id = message.turn_seq, message.player_id
        if message.event_type in {"handoff", "dormant", "reset"} and holders.setdefault(seq, player_id) != player_id:
            yield Wrong.TWO_VOICES, f"turn to speak {seq} was given to {holders[seq]} and to {player_id}"
        if message.event_type == "remark" and not message.human:
            if seq in spoken or holders.get(seq, player_id) != player_id:
                yield Wrong.TWO_VOICES, f"in turn to speak {seq}, that of {holders.get(seq)}, {player_id} spoke, too"
            spoken.add(seq)
