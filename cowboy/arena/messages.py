"""What a viewer is told of an event: the message, and the game as it stood right after it. Pure."""

from datetime import datetime
from typing import Any, NamedTuple, Self

from cowboy.game import rules
from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.objects import Snapshot
from cowboy.game.wire.stream import StreamEvent, stream_event_type
from cowboy.game.words import GameStatus, ResultStatus, StepEventType

_SHOWN_OF_A_COMMAND = {"command_id", "command_type", "player_id", "direction", "speak_text"}


class Message(NamedTuple):
    """An event message as it waits for its viewers; `turn_no` and `status` are what it tells of the game, if anything.

    The text is made once for all viewers. What tells of no event has no `step_seq`.
    """

    step_seq: int | None
    text: str
    turn_no: int
    status: GameStatus | None

    @classmethod
    def of(cls, event: StepEvent, snapshot: Snapshot | None, now: datetime) -> Self:
        text = stream_event(event, snapshot, now).to_json().decode()
        told = (event.turn_no, None) if snapshot is None else (max(event.turn_no, snapshot.turn_no), snapshot.status)
        return cls(event.step_seq, text, *told)


def stream_event(event: StepEvent, snapshot: Snapshot | None, now: datetime) -> StreamEvent:
    """The message that tells of an event."""
    command = event.command
    of_command: dict[str, Any] = {} if command is None else command.model_dump(include=_SHOWN_OF_A_COMMAND)
    return StreamEvent(
        event_type=stream_event_type(event),
        game_id=event.game_id,
        step_seq=event.step_seq,
        turn_no=event.turn_no,
        round_no=event.round_no,
        result_status=event.result_status,
        created_at=event.created_at,
        snapshot=snapshot,
        emitted_at=now,
        **of_command,
    )


def snapshot_after(event: StepEvent, before: Snapshot | None) -> Snapshot | None:
    """The game as it stood after `event`; `before` is that after an earlier event. None if these two do not tell.

    It is not the game as it stands by now: a client that acts on each message would act twice in the turn that a newer
    state shows. So a last shot is shown in a running game, whose end the next event tells.
    """
    if not event.state_after.alive:
        return None
    if event.consumed_a_turn:
        actor = event.state_after.seat_of(event.command.player_id if event.command is not None else None)
        if actor is None:
            actor = event.state_after.seat_of(_current(before, event.turn_no - 1))
        return None if actor is None else _opened(event, _next(event, actor))
    if (event.event_type, event.result_status) == (StepEventType.GAME_STARTED, ResultStatus.APPLIED):
        return _opened(event, 0)
    if before is None or before.turn_no != event.turn_no:
        return None
    is_over = event.event_type is StepEventType.GAME_FINISHED
    status = GameStatus.FINISHED if is_over else before.status
    return before.model_copy(update={"status": status, "state": event.state_after})


def _current(before: Snapshot | None, turn_no: int) -> str | None:
    return before.current_player_id if before is not None and before.turn_no == turn_no else None


def _next(event: StepEvent, actor: int) -> int:
    return rules.after(event.state_after.to_board(actor, event.turn_no, event.round_no).players, actor)


def _opened(event: StepEvent, seat: int) -> Snapshot:
    """The turn that an event opens."""
    return Snapshot.model_construct(
        game_id=event.game_id,
        status=GameStatus.RUNNING,
        turn_no=event.turn_no,
        round_no=event.round_no,
        current_player_id=event.state_after.players[seat].player_id,
        state=event.state_after,
        last_step_seq=event.turn_no,
        turn_started_at=event.created_at,
    )
