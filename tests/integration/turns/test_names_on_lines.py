"""Log lines name what they are about, and never what an earlier task of the same thread was about."""

from collections.abc import Iterator

import pytest
from structlog.contextvars import get_contextvars, merge_contextvars
from structlog.testing import capture_logs
from structlog.typing import EventDict

from cowboy.bots.learner import Learner
from cowboy.brains.chance import RandomBrain
from cowboy.game.identity import command_id
from cowboy.settings import Settings
from cowboy.state.state import State
from cowboy.state.turns import TurnRef
from cowboy.turns.player import TurnPlayer
from tests.integration.turns.desk import ME, Desk

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]

NAMES = ("game_id", "player_id", "turn_no", "bot_id", "instance", "command_id")


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    """What is logged, as `configure_logs` would have it written."""
    with capture_logs([merge_contextvars]) as captured:
        yield captured


def names(line: EventDict) -> dict[str, object]:
    return {name: line[name] for name in NAMES if name in line}


def stumble(*_: object) -> None:
    raise ZeroDivisionError


def test_every_line_of_a_turn_carries_all_names_and_none_of_them_stays(
    desk: Desk, seat: TurnPlayer, lines: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RandomBrain, "decide", stumble)
    turn = desk.open_turn("g1")
    seat.play(turn)
    assert [line["event"] for line in lines] == ["brain_failed", "command_published"]
    expected = {**turn._asdict(), "bot_id": "bot-0", "instance": "i1", "command_id": command_id(*turn)}
    assert [names(line) for line in lines] == [expected] * 2
    assert get_contextvars() == {}


def test_a_turn_that_is_not_played_is_told_without_the_names_of_the_one_before(
    desk: Desk, seat: TurnPlayer, lines: list[EventDict]
) -> None:
    seat.play(desk.open_turn("g1"))
    lines.clear()
    seat.play(TurnRef("g2", "somebody", 7))
    assert [(line["event"], names(line)) for line in lines] == [
        ("turn_not_claimed", {"game_id": "g2", "player_id": "somebody", "turn_no": 7})
    ]


def test_a_turn_that_fails_leaves_no_names_behind(
    desk: Desk, seat: TurnPlayer, lines: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seat, "_send", stumble)
    with pytest.raises(ZeroDivisionError):
        seat.play(desk.open_turn("g1"))
    assert get_contextvars() == {}


def test_a_lesson_is_told_with_its_bot(desk: Desk, settings: Settings, lines: list[EventDict]) -> None:
    desk.open_turn("g1", status="TEACHING", lesson=3)
    Learner(State.of(settings)).teach("g1", ME, 3, "no lesson")
    (line,) = lines
    assert line["event"] == "lesson_refused"
    assert names(line) == {"game_id": "g1", "player_id": ME, "bot_id": "bot-0", "instance": "i1"}
    assert get_contextvars() == {}
