"""The table of docs/wire.md#how-a-command-is-processed, row by row."""

import pytest

from cowboy.arena.record import GameRecord
from cowboy.arena.verdict import Ignored, burns_its_id, judge
from cowboy.game.wire.messages import Command
from cowboy.game.words import CommandType, Direction, GameStatus, Refusal, ResultStatus, StepEventType
from tests.unit.arena.builders import command, created, running, with_hp

MOVE, SHIELD, SHOOT, SPEAK, TIMEOUT, GAME_STARTED = CommandType
UP, LEFT, DOWN, RIGHT = Direction

LEGAL = [command(MOVE, DOWN), command(SHIELD, LEFT), command(SHOOT, DOWN), command(SPEAK, speak_text=" Hi ")]


@pytest.mark.parametrize("sent", LEGAL, ids=lambda sent: sent.command_type)
def test_a_legal_command_is_applied_as_it_was_sent_and_passes_the_turn(sent: Command) -> None:
    verdict = judge(running(), sent, seen=False)

    assert verdict is not None
    assert (verdict.event_type, verdict.result) == (StepEventType.STEP_APPLIED, ResultStatus.APPLIED)
    assert (verdict.command, verdict.reason) == (sent, None)
    assert verdict.board is not None
    assert (verdict.board.turn_no, verdict.board.current) == (4, 1)


ILLEGAL = [
    (command(MOVE, UP), 'invalid command: "move up"'),
    (command(SHOOT, UP), 'invalid command: "shoot up"'),
    (command(SHIELD), 'invalid command: "shield"'),
    (command(SPEAK), 'invalid command: "speak"'),
    (command(SPEAK, speak_text="  "), 'invalid command: "speak"'),
    (command(SPEAK, LEFT), 'invalid command: "speak left"'),
]


@pytest.mark.parametrize(("sent", "text"), ILLEGAL, ids=lambda value: value if isinstance(value, str) else "")
def test_an_illegal_action_becomes_a_speech_that_costs_the_turn(sent: Command, text: str) -> None:
    verdict = judge(running(), sent, seen=False)

    assert verdict is not None
    assert (verdict.event_type, verdict.result) == (StepEventType.STEP_APPLIED, ResultStatus.APPLIED)
    assert verdict.reason is None
    speech = {"command_type": SPEAK, "direction": None, "speak_text": text}
    assert verdict.command == sent.model_copy(update=speech)
    assert verdict.board is not None
    assert verdict.board.turn_no == 4
    assert verdict.board.players == running().board.players


def test_a_timeout_in_time_passes_the_turn() -> None:
    verdict = judge(running(), command(TIMEOUT), seen=False)

    assert verdict is not None
    assert (verdict.event_type, verdict.result) == (StepEventType.TIMEOUT_APPLIED, ResultStatus.TIMEOUT_APPLIED)
    assert verdict.board is not None
    assert (verdict.board.turn_no, verdict.board.current) == (4, 1)


def test_a_timeout_without_player_is_the_current_players() -> None:
    sent = command(TIMEOUT, player_id=None)
    verdict = judge(running(), sent, seen=False)

    assert verdict is not None
    assert (verdict.result, verdict.command) == (ResultStatus.TIMEOUT_APPLIED, sent)


FINISHED = running().model_copy(update={"status": GameStatus.FINISHED})
IGNORED, INVALID_TURN = ResultStatus.IGNORED_TIMEOUT, ResultStatus.INVALID_TURN

REFUSED = {
    "reserved type": (running(), command(GAME_STARTED), ResultStatus.INVALID_COMMAND, Refusal.RESERVED_COMMAND_TYPE),
    "before the start": (created(), command(MOVE, DOWN, turn_no=1), INVALID_TURN, Refusal.GAME_NOT_RUNNING),
    "after the end": (FINISHED, command(MOVE, DOWN), INVALID_TURN, Refusal.GAME_NOT_RUNNING),
    "late after the end": (FINISHED, command(MOVE, DOWN, turn_no=1), INVALID_TURN, Refusal.GAME_NOT_RUNNING),
    "timeout after the end": (FINISHED, command(TIMEOUT), INVALID_TURN, Refusal.GAME_NOT_RUNNING),
    "late": (running(), command(MOVE, DOWN, turn_no=2), IGNORED, Ignored.LATE_COMMAND_IGNORED),
    "late, other player": (
        running(),
        command(MOVE, DOWN, turn_no=2, player_id="id-b"),
        IGNORED,
        Ignored.LATE_COMMAND_IGNORED,
    ),
    "late, no player": (
        running(),
        command(MOVE, DOWN, turn_no=2, player_id=None),
        IGNORED,
        Ignored.LATE_COMMAND_IGNORED,
    ),
    "early": (running(), command(MOVE, DOWN, turn_no=4), IGNORED, Refusal.STALE_TURN_NO),
    "early and illegal": (running(), command(MOVE, UP, turn_no=4), IGNORED, Refusal.STALE_TURN_NO),
    "other player": (running(), command(MOVE, DOWN, player_id="id-b"), INVALID_TURN, Refusal.INVALID_TURN_PLAYER),
    "other player, early": (
        running(),
        command(MOVE, DOWN, player_id="id-b", turn_no=4),
        INVALID_TURN,
        Refusal.INVALID_TURN_PLAYER,
    ),
    "stranger": (running(), command(SPEAK, speak_text="x", player_id="?"), INVALID_TURN, Refusal.INVALID_TURN_PLAYER),
    "late timeout": (running(), command(TIMEOUT, turn_no=2), IGNORED, Ignored.LATE_TIMEOUT_IGNORED),
    "early timeout": (running(), command(TIMEOUT, turn_no=4), IGNORED, Refusal.STALE_TURN_NO),
    "timeout of another": (running(), command(TIMEOUT, player_id="id-b"), IGNORED, Refusal.INVALID_TURN_PLAYER),
    "dead player": (with_hp(running(3), 0, 5, 5), command(MOVE, DOWN), INVALID_TURN, Refusal.PLAYER_DEAD),
    "timeout of a dead player": (with_hp(running(3), 0, 5, 5), command(TIMEOUT), INVALID_TURN, Refusal.PLAYER_DEAD),
}


@pytest.mark.parametrize(("record", "sent", "result", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_refused_command_is_published_as_it_was_sent_and_changes_nothing(
    record: GameRecord, sent: Command, result: ResultStatus, reason: Refusal | Ignored
) -> None:
    verdict = judge(record, sent, seen=False)

    assert verdict is not None
    assert (verdict.event_type, verdict.result) == (StepEventType.STEP_APPLIED, result)
    assert (verdict.command, verdict.board, verdict.reason) == (sent, None, reason)


@pytest.mark.parametrize("record", [created(), running(), FINISHED], ids=["created", "running", "finished"])
@pytest.mark.parametrize("kind", [MOVE, SPEAK, TIMEOUT])
def test_an_id_seen_before_is_a_duplicate_before_anything_else_is_looked_at(
    record: GameRecord, kind: CommandType
) -> None:
    verdict = judge(record, command(kind, player_id=None), seen=True)

    assert verdict is not None
    assert (verdict.result, verdict.reason) == (ResultStatus.DUPLICATE_COMMAND, Ignored.DUPLICATE_COMMAND)


def test_the_reserved_type_is_refused_even_before_the_duplicate_check_and_burns_no_id() -> None:
    verdict = judge(running(), command(GAME_STARTED), seen=True)

    assert verdict is not None
    assert verdict.result is ResultStatus.INVALID_COMMAND
    assert not burns_its_id(command(GAME_STARTED))
    assert burns_its_id(command(TIMEOUT))


@pytest.mark.parametrize("turn_no", [3, 4])
def test_a_command_without_player_gets_no_answer_at_all(turn_no: int) -> None:
    assert judge(running(), command(MOVE, DOWN, player_id=None, turn_no=turn_no), seen=False) is None


def test_whose_command_it_is_counts_and_not_its_source() -> None:
    from_a_stranger = command(TIMEOUT)  # source `user`
    verdict = judge(running(), from_a_stranger, seen=False)

    assert verdict is not None
    assert verdict.result is ResultStatus.TIMEOUT_APPLIED
