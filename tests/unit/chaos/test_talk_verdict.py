"""Talk is judged by its topic: one voice in each turn to speak."""

from datetime import UTC, datetime, timedelta

import pytest

from cowboy.chaos.evidence import Evidence, Seen
from cowboy.chaos.talk_verdict import judge_talk
from cowboy.chaos.verdict import Wrong
from cowboy.game.wire.talk import TalkMessage
from tests.tables import started

NOW = datetime(2026, 3, 5, 18, tzinfo=UTC)


def _judged(*messages: TalkMessage, lives: int = 1, seconds: float = 0) -> list[Wrong]:
    """What is wrong with this talk in a game whose last event came so many seconds after `NOW`."""
    last = started("g1").model_copy(update={"created_at": NOW + timedelta(seconds=seconds)})
    talk = [Seen(0, offset, b"g1", message.to_json()) for offset, message in enumerate(messages)]
    evidence = Evidence("g1", [], [Seen(0, 0, b"g1", last.to_json())], talk, lives)
    return [violation.wrong for violation in judge_talk(evidence).violations]


def _told(kind: str, seq: int, player_id: str | None, **fields: object) -> TalkMessage:
    values = {
        "game_id": "g1",
        "message_id": f"{kind} {seq} {player_id}",
        "cause": "spoke",
        "created_at": NOW,
    }
    return TalkMessage.model_validate({**values, "event_type": kind, "turn_seq": seq, "player_id": player_id, **fields})


GOOD = (
    _told("handoff", 1, "B"),
    _told("remark", 1, "B", text="Evening."),
    _told("handoff", 2, "C"),
    _told("remark", 2, "A", text="Quiet!", human=True),
    _told("dormant", 3, None),
)


def test_the_remarks_of_bots_are_counted_once_each():
    talk = [Seen(0, offset, b"g1", message.to_json()) for offset, message in enumerate((*GOOD, *GOOD))]
    assert judge_talk(Evidence("g1", talk=talk)).remarks == 1


def test_talk_with_one_voice_at_a_time_is_fine_also_when_it_is_published_twice():
    assert _judged(*GOOD, *GOOD) == []


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
    assert _judged(*GOOD, message) == [wrong]


def test_what_cannot_be_read_is_found():
    found = judge_talk(Evidence("g1", talk=[Seen(0, 0, b"g1", b"{")])).violations
    assert [violation.wrong for violation in found] == [Wrong.UNREADABLE]


KEPT = _told("handoff", 1, "B", deadline=NOW + timedelta(seconds=10))


@pytest.mark.parametrize(
    ("seconds", "wrongs"), [(11, []), (39, []), (41, [Wrong.STUCK_TALK])], ids=["in time", "late", "never"]
)
def test_a_bot_that_keeps_the_word_is_found(seconds: float, wrongs: list[Wrong]):
    following = _told("handoff", 2, "C", created_at=NOW + timedelta(seconds=seconds))
    assert _judged(KEPT, following) == wrongs
    assert _judged(KEPT, seconds=seconds) == wrongs


def test_a_turn_to_speak_that_was_never_told_of_is_found_but_where_the_broker_has_lost_it():
    talk = (KEPT, _told("handoff", 3, "D"))
    assert _judged(*talk) == [Wrong.LOST_EVENT]
    assert _judged(*talk, lives=2) == []
