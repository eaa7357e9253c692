"""The two Kafka messages: the command envelope and the step event (docs/wire.md#topics)."""

from cowboy.game.wire.base import Text, Time, Unsigned, Wire
from cowboy.game.wire.objects import GameState
from cowboy.game.words import CommandSource, CommandType, Direction, ResultStatus, StepEventType


class Command(Wire):
    """A command for turn `turn_no`. It travels on the input topic, keyed by `command_id`."""

    command_id: Text
    source: CommandSource
    game_id: Text
    player_id: Text | None = None
    command_type: CommandType
    direction: Direction | None = None
    speak_text: Text | None = None
    turn_no: Unsigned
    sent_at: Time


class StepEvent(Wire):
    """The result of a command, or the beginning or end of a game. It travels on the output topic, keyed by `game_id`.

    `turn_no` and `round_no` are those *after* processing; `step_seq` identifies an event and counts nothing.
    `command` is null in `GAME_STARTED` and `GAME_FINISHED`.
    """

    game_id: Text
    step_seq: Unsigned
    turn_no: Unsigned
    round_no: Unsigned
    event_type: StepEventType
    result_status: ResultStatus
    command: Command | None = None
    state_after: GameState
    created_at: Time

    @property
    def consumed_a_turn(self) -> bool:
        """True if this event passed the turn on. Everything else changed nothing."""
        return (self.event_type, self.result_status) in _CONSUMING and self.command is not None


_CONSUMING = {
    (StepEventType.STEP_APPLIED, ResultStatus.APPLIED),
    (StepEventType.TIMEOUT_APPLIED, ResultStatus.TIMEOUT_APPLIED),
}
