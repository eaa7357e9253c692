"""Recorded games are real ones, and know what belongs into them."""

from datetime import UTC, datetime

from cowboy.bench.recording import Recording, record
from cowboy.brains.chance import RandomBrain
from cowboy.game.turns import News, follow
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.words import CommandType, Direction

NOW = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)


def recording(number: int = 1, turns: int = 30) -> Recording:
    return record(number, turns, brain=RandomBrain(), instances=("i1", "i2"), now=NOW)


def answers(recorded: Recording) -> list[bytes]:
    return [turn.command.to_json() for turn in recorded.turns]


def with_change(command: bytes, **changes: object) -> bytes:
    return Command.model_validate_json(command).model_copy(update=changes).to_json()


def test_each_event_opens_the_next_turn_of_a_bot_that_answers_with_the_recorded_command() -> None:
    recorded = recording()
    seats = {binding.player_id for binding in recorded.bindings}
    table = None
    for number, turn in enumerate(recorded.turns, start=1):
        table, news, skipped = follow(table, StepEvent.model_validate_json(turn.event))

        assert (news, skipped) == (News.TURN_OPENED, 0)
        assert table is not None
        assert table.current_player_id == turn.command.player_id
        assert table.turn_no == turn.command.turn_no == number
        assert turn.command.player_id in seats


def test_the_same_number_is_the_same_game() -> None:
    assert recording(number=7) == recording(number=7)


def test_games_of_different_numbers_have_nothing_in_common() -> None:
    one, other = recording(number=1), recording(number=2)

    assert one.game_id != other.game_id
    assert {item.player_id for item in one.bindings}.isdisjoint(item.player_id for item in other.bindings)


def test_the_bots_of_a_game_sit_on_the_instances_in_turn() -> None:
    assert [binding.instance for binding in recording(number=0).bindings] == ["i1", "i2", "i1", "i2"]


def test_the_recorded_commands_are_right_whenever_they_are_sent() -> None:
    recorded = recording()
    sent = [with_change(answer, sent_at=datetime(2030, 1, 1, tzinfo=UTC)) for answer in answers(recorded)]

    assert recorded.problem(sent) is None


def test_fewer_answers_than_turns_are_right_so_far() -> None:
    recorded = recording()

    assert recorded.problem(answers(recorded)[:3]) is None


def test_a_turn_answered_twice_is_a_problem() -> None:
    recorded = recording()
    first, second, *_ = answers(recorded)

    assert "turn 2 " in (recorded.problem([first, first, second]) or "")


def test_another_decision_than_the_recorded_one_is_a_problem() -> None:
    recorded = recording()
    turn = recorded.turns[0].command
    wrong = with_change(
        turn.to_json(),
        command_type=CommandType.SHIELD,
        direction=Direction.UP if turn.direction is not Direction.UP else Direction.DOWN,
    )

    assert "turn 1 " in (recorded.problem([wrong]) or "")
