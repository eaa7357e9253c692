"""What becomes of a command: the table of docs/wire.md#how-a-command-is-processed, as a pure function.

It decides; `cowboy.arena.change` carries out.
"""

from enum import StrEnum
from typing import NamedTuple

from cowboy.arena.record import GameRecord
from cowboy.game.board import State
from cowboy.game.rules import Action
from cowboy.game.wire.messages import Command
from cowboy.game.words import CommandType, Refusal, ResultStatus, StepEventType


class Ignored(StrEnum):
    """Reasons that the referee adds to those of the rules."""

    DUPLICATE_COMMAND = "DUPLICATE_COMMAND"
    LATE_COMMAND_IGNORED = "LATE_COMMAND_IGNORED"
    LATE_TIMEOUT_IGNORED = "LATE_TIMEOUT_IGNORED"


class Verdict(NamedTuple):
    """The outcome of one command.

    `command` is the one to publish, rewritten if it was converted; `board` the new one if a turn was consumed;
    `reason` stands in the audit and on no wire.
    """

    result: ResultStatus
    command: Command
    board: State | None = None
    reason: Refusal | Ignored | None = None

    @property
    def event_type(self) -> StepEventType:
        applied = self.result is ResultStatus.TIMEOUT_APPLIED
        return StepEventType.TIMEOUT_APPLIED if applied else StepEventType.STEP_APPLIED


def burns_its_id(command: Command) -> bool:
    """True if the command's id counts as seen from now on, whatever becomes of it: only the reserved type does not."""
    return command.command_type is not CommandType.GAME_STARTED


def judge(record: GameRecord, command: Command, *, seen: bool) -> Verdict | None:
    """What becomes of `command` in the game as it stands; `seen`: its id was processed before.

    None for a command without player, which is answered with nothing.
    """
    is_timeout = command.command_type is CommandType.TIMEOUT
    if command.command_type is CommandType.GAME_STARTED:
        return Verdict(ResultStatus.INVALID_COMMAND, command, reason=Refusal.RESERVED_COMMAND_TYPE)
    if seen:
        return Verdict(ResultStatus.DUPLICATE_COMMAND, command, reason=Ignored.DUPLICATE_COMMAND)
    if not record.is_running:
        return Verdict(ResultStatus.INVALID_TURN, command, reason=Refusal.GAME_NOT_RUNNING)
    if command.turn_no < record.board.turn_no:
        late = Ignored.LATE_TIMEOUT_IGNORED if is_timeout else Ignored.LATE_COMMAND_IGNORED
        return Verdict(ResultStatus.IGNORED_TIMEOUT, command, reason=late)
    if is_timeout:
        return _judge_timeout(record, command)
    return None if command.player_id is None else _judge_action(record, command, command.player_id)


def _judge_timeout(record: GameRecord, command: Command) -> Verdict:
    player_id = record.current_player_id if command.player_id is None else command.player_id
    outcome = record.try_action(player_id, command.turn_no, Action(CommandType.TIMEOUT))
    if isinstance(outcome, State):
        return Verdict(ResultStatus.TIMEOUT_APPLIED, command, board=outcome)
    early_or_foreign = outcome in (Refusal.STALE_TURN_NO, Refusal.INVALID_TURN_PLAYER)
    result = ResultStatus.IGNORED_TIMEOUT if early_or_foreign else ResultStatus.INVALID_TURN
    return Verdict(result, command, reason=outcome)


def _judge_action(record: GameRecord, command: Command, player_id: str) -> Verdict:
    outcome = record.try_action(player_id, command.turn_no, action_of(command))
    if isinstance(outcome, Refusal) and outcome.breaks_a_rule:
        command = _as_speech(command)
        outcome = record.try_action(player_id, command.turn_no, action_of(command))
    if isinstance(outcome, State):
        return Verdict(ResultStatus.APPLIED, command, board=outcome)
    early = outcome is Refusal.STALE_TURN_NO
    return Verdict(ResultStatus.IGNORED_TIMEOUT if early else ResultStatus.INVALID_TURN, command, reason=outcome)


def action_of(command: Command) -> Action:
    return Action(command.command_type, command.direction, command.speak_text)


def _as_speech(command: Command) -> Command:
    """An illegal action of the right player uses up the turn: it becomes a speech that says so."""
    what = " ".join(filter(None, (command.command_type, command.direction)))
    text = f'invalid command: "{what}"'
    return command.model_copy(update={"command_type": CommandType.SPEAK, "direction": None, "speak_text": text})
