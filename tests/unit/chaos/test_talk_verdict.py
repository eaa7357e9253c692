"""Talk is judged by its topic: one voice in each turn to speak."""

from datetime import UTC, datetime

import pytest

from cowboy.chaos.evidence import Seen
from cowboy.chaos.talk_verdict import judge_talk
from cowboy.chaos.verdict import Wrong
from cowboy.game.wire.talk import TalkMessage


def _seen(*messages: TalkMessage) -> list[Seen]:
    return [Seen(0, offset, b"g1", message.to_json()) for offset, message in enumerate(messages)]


def _told(kind: str, seq: int, player_id: str | None, **fields: object) -> TalkMessage:
    values = {
        "game_id": "g1",
        "message_id": f"{kind} {seq} {player_id}",
        "cause": "spoke",
        "created_at": datetime.now(UTC),
    }
    return TalkMessage.model_validate({**values, "event_type": kind, "turn_seq": seq, "player_id": player_id, **fields})


GOOD = (
    _told("handoff", 1, "B"),
    _told("remark", 1, "B", text="Evening."),
    _told("handoff", 2, "C"),
    _told("remark", 2, "A", text="Quiet!", human=True),
    _told("dormant", 3, None),
)


def test_talk_with_one_voice_at_a_time_is_fine_also_when_it_is_published_twice():
    assert judge_talk("g1", _seen(*GOOD, *GOOD)) == []


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        (_told("remark", 1, "C", text="Me, too."), Wrong.TWO_VOICES),
        (_told("remark", 2, "B", text="Not my turn."), Wrong.TWO_VOICES),
        (_told("remark", 1, "B", text="And another thing.", message_id="again"), Wrong.TWO_VOICES),
        (_told("handoff", 2, "D"), Wrong.TWO_VOICES),
        (_told("remark", 2, "C", text="x" * 141), Wrong.BAD_REMARK),
        (_told("remark", 2, "C", text="Psst.", to="B"), Wrong.BAD_REMARK),
    ],
)
def test_a_second_voice_or_a_bad_remark_is_found(message: TalkMessage, wrong: Wrong):
    assert [violation.wrong for violation in judge_talk("g1", _seen(*GOOD, message))] == [wrong]


def test_what_cannot_be_read_is_found():
    assert [found.wrong for found in judge_talk("g1", [Seen(0, 0, b"g1", b"{")])] == [Wrong.UNREADABLE]
