"""What one transaction writes: events and their numbers, burnt ids, audit, the end of a game."""

from typing import Any

from cowboy.arena.change import Change
from cowboy.arena.record import GameRecord
from cowboy.game.board import Player
from cowboy.game.words import (
    CommandType,
    Direction,
    FinishRefusal,
    GameStatus,
    ResultStatus,
    StartRefusal,
    StepEventType,
)
from tests.unit.arena.builders import NOW, command, created, running, with_hp

MOVE, SHIELD, SHOOT, SPEAK, TIMEOUT, GAME_STARTED = CommandType


def one_shot_from_the_end(**fields: Any) -> GameRecord:
    """A's `shoot up` hits B, who has one hit point left (golden case 11)."""
    record = running(turn_no=3, **fields)
    players = (Player(3, 2, Direction.DOWN), Player(2, 4, Direction.UP, hp=1))
    return record.model_copy(update={"board": record.board._replace(players=players)})


def test_a_start_is_announced_with_number_one_and_no_command() -> None:
    change = Change(created())

    assert change.start(NOW) is None

    (event,) = change.events
    assert (event.event_type, event.result_status) == (StepEventType.GAME_STARTED, ResultStatus.APPLIED)
    assert (event.step_seq, event.turn_no, event.round_no, event.command) == (1, 1, 1, None)
    assert change.record.started_at == change.record.turn_started_at == NOW
    assert not change.audit


def test_a_second_start_changes_nothing() -> None:
    change = Change(running())
    assert change.start(NOW) is StartRefusal.ALREADY_RUNNING
    assert change.is_empty

    over = Change(running().ended())
    assert over.start(NOW) is StartRefusal.GAME_FINISHED
    assert over.is_empty


def test_events_are_numbered_without_gaps_and_tell_the_turn_afterwards() -> None:
    change = Change(created())
    change.start(NOW)
    change.process(command(MOVE, Direction.DOWN, command_id="1", turn_no=1), NOW)
    change.process(command(MOVE, Direction.DOWN, command_id="2", turn_no=1), NOW)
    change.process(command(TIMEOUT, command_id="3", turn_no=2, player_id="id-b"), NOW)

    assert [(event.step_seq, event.turn_no, event.round_no) for event in change.events] == [
        (1, 1, 1),
        (2, 2, 1),
        (3, 2, 1),
        (4, 3, 2),
    ]
    assert change.events[1].state_after == change.record.to_state()


def test_the_same_id_twice_in_one_change_is_a_duplicate_and_burnt_once() -> None:
    change = Change(running())
    change.process(command(MOVE, Direction.DOWN), NOW)
    change.process(command(MOVE, Direction.DOWN), NOW)

    assert [event.result_status for event in change.events] == [ResultStatus.APPLIED, ResultStatus.DUPLICATE_COMMAND]
    assert change.burnt_ids == ["c-1"]


def test_an_id_is_burnt_by_a_refusal_too_but_not_by_the_reserved_type() -> None:
    change = Change(running())
    change.process(command(MOVE, Direction.DOWN, command_id="early", turn_no=9), NOW)
    change.process(command(MOVE, Direction.DOWN, command_id="nobody", player_id=None), NOW)
    change.process(command(GAME_STARTED, command_id="reserved"), NOW)

    assert change.burnt_ids == ["early", "nobody"]
    assert len(change.events) == 2


def test_the_last_kill_is_followed_by_the_end_with_the_same_turn_and_state() -> None:
    change = Change(one_shot_from_the_end())
    change.process(command(SHOOT, Direction.UP), NOW)

    step, end = change.events
    assert (step.event_type, end.event_type) == (StepEventType.STEP_APPLIED, StepEventType.GAME_FINISHED)
    assert (end.turn_no, end.round_no, end.state_after) == (step.turn_no, step.round_no, step.state_after)
    assert (end.step_seq, end.command) == (step.step_seq + 1, None)
    assert change.record.status is GameStatus.FINISHED
    assert change.record.first_alive_id == "id-a"
    assert change.record.deadline_ms is None


def test_a_converted_command_can_end_a_game_too() -> None:
    change = Change(with_hp(running(), 10, 0))
    change.process(command(MOVE, Direction.UP), NOW)

    assert [event.event_type for event in change.events][-1] is StepEventType.GAME_FINISHED


def test_a_timeout_never_wins_a_game() -> None:
    change = Change(running(players=1))
    change.process(command(TIMEOUT), NOW)

    assert change.record.is_running


def test_the_first_action_of_a_single_player_ends_the_game() -> None:
    change = Change(running(players=1))
    change.process(command(SPEAK, speak_text="alone"), NOW)

    assert change.record.status is GameStatus.FINISHED


def test_a_game_ends_without_winner_once_its_turns_are_played() -> None:
    change = Change(running(turn_no=3, max_turns=4))
    change.process(command(SPEAK, speak_text="third"), NOW)
    assert change.record.is_running

    change.process(command(TIMEOUT, command_id="c-2", player_id="id-b", turn_no=4), NOW)
    assert change.record.status is GameStatus.FINISHED
    assert [event.event_type for event in change.events][-2:] == [
        StepEventType.TIMEOUT_APPLIED,
        StepEventType.GAME_FINISHED,
    ]
    assert len(change.record.board.alive) == 2


def test_an_audit_entry_has_what_has_a_value_and_the_reason_that_no_event_shows() -> None:
    change = Change(running())
    change.process(command(MOVE, Direction.DOWN, turn_no=2), NOW)

    (entry,) = change.audit
    assert entry.pop("state_after").startswith('{"map":{"rows":5')
    assert entry == {
        "game_id": "g",
        "step_seq": "1",
        "turn_no": "3",
        "round_no": "1",
        "command_id": "c-1",
        "source": "user",
        "command_type": "move",
        "event_type": "STEP_APPLIED",
        "result_status": "IGNORED_TIMEOUT",
        "created_at": "2026-03-05T18:20:00+00:00",
        "player_id": "id-a",
        "direction": "down",
        "result_reason": "LATE_COMMAND_IGNORED",
    }


def test_a_finish_is_refused_in_the_order_of_the_contract() -> None:
    assert Change(running()).finish(99, NOW) is FinishRefusal.STALE_TURN_NO
    assert Change(running().ended()).finish(None, NOW) is FinishRefusal.ALREADY_FINISHED
    assert Change(running()).finish(3, NOW) is FinishRefusal.NOT_LAST_PLAYER_LEFT


def test_a_finish_with_one_player_left_is_announced_even_for_a_game_that_never_ran() -> None:
    change = Change(with_hp(created(), 0, 7))

    assert change.finish(None, NOW) is None
    assert [event.event_type for event in change.events] == [StepEventType.GAME_FINISHED]
    assert change.record.first_alive_id == "id-b"
