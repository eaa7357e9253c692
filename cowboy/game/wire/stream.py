"""Messages of the WebSocket stream, told apart by `event_type` (docs/wire.md#stream)."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import SerializerFunctionWrapHandler, model_serializer

from cowboy.game.wire.base import Time, Unsigned, Wire
from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.objects import Snapshot
from cowboy.game.wire.talk import TalkMessage
from cowboy.game.words import CommandType, Direction, ResultStatus, StepEventType


class Connected(Wire):
    """Always the first message."""

    event_type: Literal["CONNECTED"] = "CONNECTED"
    game_id: str
    from_turn_no: Unsigned
    connected_at: Time
    message: str = "watch stream connected"


class Polled(Wire):
    """The state as seen by the watcher's own poll: `SNAPSHOT`, or a change of status."""

    event_type: Literal["SNAPSHOT", "GAME_STARTED", "GAME_FINISHED"]
    game_id: str
    snapshot: Snapshot
    emitted_at: Time


class StreamEvent(Wire):
    """One step event, whatever became of it. Fields of a command that it lacks are left out, not null."""

    event_type: str
    game_id: str
    step_seq: Unsigned
    turn_no: Unsigned
    round_no: Unsigned
    result_status: ResultStatus
    created_at: Time
    command_id: str | None = None
    command_type: CommandType | None = None
    player_id: str | None = None
    direction: Direction | None = None
    speak_text: str | None = None
    snapshot: Snapshot | None
    emitted_at: Time

    @model_serializer(mode="wrap")
    def _leave_out_what_is_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = handler(self)
        absent = {"direction", "speak_text"} if self.command_id is not None else _COMMAND_FIELDS
        return {name: value for name, value in fields.items() if value is not None or name not in absent}


_COMMAND_FIELDS = {"command_id", "command_type", "player_id", "direction", "speak_text"}


def stream_event_type(event: StepEvent) -> str:
    """The stream's name for an event: the kind of the command, where there is one."""
    if event.event_type == StepEventType.TIMEOUT_APPLIED:
        return "TIMEOUT"
    if event.event_type == StepEventType.STEP_APPLIED and event.command is not None:
        return event.command.command_type.name
    return event.event_type


class StreamTalk(Wire):
    """Something of the talk beside the game: `SPEAK` for a remark, `TALK` when the word goes on.

    A `SPEAK` has the fields of the game's own; it changes nothing and has no snapshot. In it, `player_id` has spoken,
    in a `TALK` it has the word until `deadline`, or is null.
    """

    event_type: Literal["SPEAK", "TALK"]
    game_id: str
    message_id: str
    step_seq: Unsigned = 0
    turn_no: Unsigned = 0
    round_no: Unsigned = 0
    result_status: ResultStatus = ResultStatus.APPLIED
    created_at: Time
    command_id: str
    command_type: CommandType = CommandType.SPEAK
    player_id: str | None
    speak_text: str | None
    turn_seq: Unsigned
    cause: str
    order: tuple[str, ...]
    passed: tuple[str, ...]
    deadline: Time | None
    snapshot: None = None
    emitted_at: Time

    @classmethod
    def of(cls, message: TalkMessage, now: datetime) -> Self:
        """How viewers are told of a message of the talk topic."""
        return cls(
            event_type="SPEAK" if message.event_type == "remark" else "TALK",
            game_id=message.game_id,
            message_id=message.message_id,
            created_at=message.created_at,
            command_id=message.message_id,
            player_id=message.player_id,
            speak_text=message.text,
            turn_seq=message.turn_seq,
            cause=message.cause,
            order=message.order,
            passed=message.passed,
            deadline=message.deadline,
            emitted_at=now,
        )


class StreamError(Wire):
    """The watcher could not look at the game; repeated as long as that lasts."""

    event_type: Literal["ERROR"] = "ERROR"
    game_id: str
    error: str
    at: Time
