"""What a viewer is told of an event: the game right after it, not as it stands by now."""

from datetime import UTC, datetime

from cowboy.arena.change import Change
from cowboy.arena.messages import Message, snapshot_after
from cowboy.arena.record import GameRecord
from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.objects import Snapshot
from cowboy.game.words import CommandType, Direction, GameStatus
from tests.unit.arena.builders import NOW, command, created, running, with_hp

LATER = datetime(2026, 3, 5, 18, 21, tzinfo=UTC)


def told(record: GameRecord, *commands: object, before: Snapshot | None = None) -> list[tuple[StepEvent, Snapshot]]:
    """The events that these commands lead to, and what is told after each."""
    change = Change(record)
    for one in commands:
        change.process(one, LATER)  # type: ignore[arg-type]
    shown = []
    for event in change.events:
        before = snapshot_after(event, before)
        assert before is not None
        shown.append((event, before))
    return shown


def test_the_start_opens_the_first_players_turn() -> None:
    change = Change(created())
    change.start(NOW)
    assert snapshot_after(change.events[0], None) == change.record.to_snapshot()


def test_a_step_opens_the_next_players_turn_as_the_record_has_it() -> None:
    change = Change(running())
    change.process(command(CommandType.SHIELD, Direction.UP), LATER)
    assert snapshot_after(change.events[0], None) == change.record.to_snapshot()


def test_a_timeout_without_a_player_is_that_of_the_player_who_was_current() -> None:
    record = running(3)
    change = Change(record)
    change.process(command(CommandType.TIMEOUT, player_id=None), LATER)
    assert snapshot_after(change.events[0], record.to_snapshot()) == change.record.to_snapshot()
    assert snapshot_after(change.events[0], None) is None


def test_what_changes_nothing_shows_the_turn_that_is_on() -> None:
    late = command(CommandType.SHIELD, Direction.UP, command_id="late", turn_no=1)
    record = running()
    ((_, shown),) = told(record, late, before=record.to_snapshot())
    assert shown == record.to_snapshot()


def test_a_last_shot_is_shown_in_a_running_game_and_the_end_after_it() -> None:
    record = with_hp(running(3), 10, 1, 0)
    board = record.board
    shooter, target = board.players[0]._replace(row=2, col=2), board.players[1]._replace(row=1, col=3)
    record = record.model_copy(update={"board": board._replace(players=(shooter, target, board.players[2]))})
    (shot, after_it), (end, at_the_end) = told(record, command(CommandType.SHOOT, Direction.RIGHT))
    assert (after_it.status, at_the_end.status) == (GameStatus.RUNNING, GameStatus.FINISHED)
    assert [player.hp for player in after_it.state.players] == [10, 0, 0]
    assert after_it.turn_no == shot.turn_no == end.turn_no == at_the_end.turn_no
    assert after_it.current_player_id == at_the_end.current_player_id == "id-a"


def test_a_message_tells_the_turn_and_the_status_that_are_in_it() -> None:
    change = Change(created())
    change.start(NOW)
    event = change.events[0]
    message = Message.of(event, snapshot_after(event, None), NOW)
    assert (message.step_seq, message.turn_no, message.status) == (1, 1, GameStatus.RUNNING)
    assert Message.of(event, None, NOW)[2:] == (1, None)
