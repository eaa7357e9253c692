"""One change of a game: everything that a single transaction of the store writes, gathered until it is committed.

Pure: it collects, and the store commits. So an event and its state are stored together or not at all.
"""

from datetime import datetime

from cowboy.arena.record import GameRecord
from cowboy.arena.verdict import Ignored, Verdict, burns_its_id, judge
from cowboy.game.board import State
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.words import FinishRefusal, Refusal, ResultStatus, StartRefusal, StepEventType


class Change:
    """A game being changed.

    `record` and `position` (next offset of the input topic) are as they will be; `events`, `audit` and `burnt_ids`
    are what comes on top of what is stored.
    """

    def __init__(self, record: GameRecord, position: int = 0, seen: frozenset[str] = frozenset()) -> None:
        self.record = record
        self.position = position
        self.events: list[StepEvent] = []
        self.audit: list[dict[str, str]] = []
        self.burnt_ids: list[str] = []
        self._before = (record, position)
        self._seen = set(seen)

    @property
    def is_empty(self) -> bool:
        return (self.record, self.position) == self._before and not self.events and not self.burnt_ids

    def start(self, now: datetime) -> StartRefusal | None:
        started = self.record.start(now)
        if isinstance(started, StartRefusal):
            return started
        self.record = started
        self._announce(StepEventType.GAME_STARTED, ResultStatus.APPLIED, None, now)
        return None

    def process(self, command: Command, now: datetime) -> Verdict | None:
        """Judge a command and do what follows from it, up to the end of the game. None: it is not answered at all."""
        verdict = judge(self.record, command, seen=command.command_id in self._seen)
        if burns_its_id(command) and command.command_id not in self._seen:
            self._seen.add(command.command_id)
            self.burnt_ids.append(command.command_id)
        if verdict is None:
            return None
        if verdict.board is not None:
            self.record = self.record.next_turn(verdict.board, now)
        event = self._announce(verdict.event_type, verdict.result, verdict.command, now)
        self.audit.append(_audit_entry(event, verdict.command, verdict.reason))
        self._end_if_over(verdict, now)
        return verdict

    def apply(self, board: State, now: datetime) -> None:
        """Take over a board without any event: the internal `apply` announces nothing."""
        self.record = self.record.next_turn(board, now)

    def finish(self, expected_turn_no: int | None, now: datetime) -> FinishRefusal | None:
        finished = self.record.finish(expected_turn_no)
        if isinstance(finished, FinishRefusal):
            return finished
        self._end(finished, now)
        return None

    def _end_if_over(self, verdict: Verdict, now: datetime) -> None:
        """A timeout never wins a game, but it can be the last turn that `max_turns` allows."""
        won = verdict.result is ResultStatus.APPLIED and self.record.board.winner is not None
        if won or (verdict.board is not None and self.record.is_played_out):
            self._end(self.record.ended(), now)

    def _end(self, ended: GameRecord, now: datetime) -> None:
        self.record = ended
        self._announce(StepEventType.GAME_FINISHED, ResultStatus.APPLIED, None, now)

    def _announce(
        self, event_type: StepEventType, result: ResultStatus, command: Command | None, now: datetime
    ) -> StepEvent:
        self.record = self.record.model_copy(update={"last_step_seq": self.record.last_step_seq + 1})
        event = StepEvent.model_construct(
            game_id=self.record.game_id,
            step_seq=self.record.last_step_seq,
            turn_no=self.record.board.turn_no,
            round_no=self.record.board.round_no,
            event_type=event_type,
            result_status=result,
            command=command,
            state_after=self.record.to_state(),
            created_at=now,
        )
        self.events.append(event)
        return event


def _audit_entry(event: StepEvent, command: Command, reason: Refusal | Ignored | None) -> dict[str, str]:
    """The fields of an audit entry, as in the existing backend's table `game_steps`; empty ones are left out."""
    fields = {
        "game_id": event.game_id,
        "step_seq": event.step_seq,
        "turn_no": event.turn_no,
        "round_no": event.round_no,
        "command_id": command.command_id,
        "source": command.source,
        "command_type": command.command_type,
        "event_type": event.event_type,
        "result_status": event.result_status,
        "state_after": event.state_after.model_dump_json(),
        "created_at": event.created_at.isoformat(),
        "player_id": command.player_id,
        "direction": command.direction,
        "speak_text": command.speak_text,
        "result_reason": reason,
    }
    return {name: str(value) for name, value in fields.items() if value is not None}
