"""Judges a game by its topics: every turn played once and by the rules, or the violations. Pure.

Nothing here is taken from the system's own records: only messages, and what chaos itself did and when.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from cowboy.chaos.evidence import Evidence, Seen
from cowboy.chaos.nemesis import Happened
from cowboy.errors.validation import first_fault
from cowboy.game import rules
from cowboy.game.board import State
from cowboy.game.identity import command_id
from cowboy.game.rules import Action
from cowboy.game.turns import News, Table, follow
from cowboy.game.wire.base import Wire
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.words import CommandSource, ResultStatus, StepEventType
from cowboy.match.figures import CONVERTED_PREFIX

AFTERMATH_SECONDS = 5.0
"""How long after its end a fault may still cost a turn: until a process is back, or its work is another's."""

SLACK_SECONDS = 0.25
"""The largest difference between two processes' clocks on one machine."""

W = TypeVar("W", bound=Wire)


class Wrong(StrEnum):
    """The kinds of violations."""

    DOUBLED_TURN = "a turn was used up twice"
    SEVERAL_IDS = "a turn has commands of several ids"
    SEVERAL_DECISIONS = "a turn has different commands"
    ILLEGAL = "a bot's command was illegal"
    OUT_OF_TURN = "a bot acted in another's turn"
    WRONG_STATE = "a state does not follow from the one before"
    LOST_EVENT = "an event is missing"
    UNREADABLE = "a message of ours is unreadable"
    UNFINISHED = "the game did not end"
    LOST_TURN = "a turn ran out, and no fault excuses it"
    CHANGED_TOPIC = "a topic showed something else later"
    LEFTOVER = "something was left behind"
    TWO_VOICES = "two had the word at once"
    STUCK_TALK = "a bot kept the word for long after its time"
    BAD_REMARK = "a remark is too long, or was for one seat alone"


class Violation(NamedTuple):
    """One violation. `turn_no` is 0 if it concerns the whole game."""

    wrong: Wrong
    game_id: str
    turn_no: int
    detail: str


class RanOut(NamedTuple):
    """A turn of a bot that ran out. `blamed` names the class of faults that most likely cost it, None for no idea."""

    game_id: str
    turn_no: int
    at: float
    blamed: str | None
    excused: bool


class Recovery(NamedTuple):
    """How long a game took to its next applied turn of a bot after a fault of that class."""

    kind: str
    game_id: str
    seconds: float


@dataclass
class Judged:
    """What the topics of a game prove. Of bots' commands, those `sent_twice`, `late` or `ignored` (doubles, ours or
    forged ones) and `second_attempts` did no harm. `read_again`: the topics were read from their first message too; of
    the others only what was copied live is known. `remarks` are those of its bots beside the game."""

    game_id: str
    finished: bool = False
    read_again: bool = False
    turns: int = 0
    unseen_turns: int = 0
    sent_twice: int = 0
    second_attempts: int = 0
    late: int = 0
    ignored: int = 0
    remarks: int = 0
    ran_out: list[RanOut] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)


class _Turn(NamedTuple):
    """A turn that was used up: the table before it, and the event that ended it."""

    table: Table
    event: StepEvent

    @property
    def turn_no(self) -> int:
        return self.table.turn_no

    @property
    def opened(self) -> float:
        return self.table.opened_at.timestamp()

    @property
    def ended(self) -> float:
        return self.event.created_at.timestamp()

    @property
    def ran_out(self) -> bool:
        return self.event.event_type == StepEventType.TIMEOUT_APPLIED


def judge(evidence: Evidence, happened: Sequence[Happened], *, finished: bool = False) -> Judged:
    """Judge a game. `finished`: it is known to have ended, in case the topics do not say so."""
    judged = Judged(evidence.game_id, finished)
    _Judge(evidence, happened, judged).judge()
    return judged


class _Judge:
    def __init__(self, evidence: Evidence, happened: Sequence[Happened], judged: Judged) -> None:
        self._evidence = evidence
        self._happened = happened
        self._judged = judged
        self._complete = evidence.broker_lives == 1
        self._tables: dict[int, Table] = {}
        self._turns: list[_Turn] = []

    def judge(self) -> None:
        events = self._events()
        self._replay(events)
        self._look_at_commands()
        self._look_at_answers(events)
        self._blame()
        self._measure()

    def _say(self, wrong: Wrong, turn_no: int, detail: str) -> None:
        self._judged.violations.append(Violation(wrong, self._judged.game_id, turn_no, detail))

    def _events(self) -> list[StepEvent]:
        """Each once: the publisher may send an event again until it knows that the broker has it."""
        events: dict[int, StepEvent] = {}
        for seen in self._evidence.events:
            event = self._read(StepEvent, seen)
            if event is not None:
                events.setdefault(event.step_seq, event)
        return list(events.values())

    def _read(self, kind: type[W], seen: Seen) -> W | None:
        if seen.is_forged:
            return None
        try:
            return kind.model_validate_json(seen.value or b"")
        except ValidationError as error:
            self._say(Wrong.UNREADABLE, 0, f"offset {seen.offset}: {first_fault(error)}")
            return None

    # -- the course of the game ---------------------------------------------------------------------------------------

    def _replay(self, events: Sequence[StepEvent]) -> None:
        table: Table | None = None
        used_up: set[int] = set()
        for event in events:
            followed = follow(table, event)
            if event.consumed_a_turn and event.turn_no - 1 in used_up:
                self._say(Wrong.DOUBLED_TURN, event.turn_no - 1, f"again by event {event.step_seq}")
            if followed.news is News.NOTHING:
                continue
            if event.consumed_a_turn:
                used_up.add(event.turn_no - 1)
                self._take_turn(table, event)
            table = followed.table
            if followed.news is News.TURN_OPENED and table is not None:
                self._tables[table.turn_no] = table
        self._judged.turns = len(used_up)
        self._judged.finished |= any(event.event_type == StepEventType.GAME_FINISHED for event in events)
        if not self._judged.finished:
            self._say(Wrong.UNFINISHED, table.turn_no if table else 0, "no GAME_FINISHED on its output topic")

    def _take_turn(self, table: Table | None, event: StepEvent) -> None:
        missing = event.turn_no - 1 - (table.turn_no if table is not None else 1)
        if table is None or missing:
            self._judged.unseen_turns += missing
            if self._complete:
                self._say(Wrong.LOST_EVENT, event.turn_no - 1, f"{missing} turns before it were never told of")
            return
        turn = _Turn(table, event)
        self._turns.append(turn)
        command = event.command
        if command is None or command.player_id != table.current_player_id:
            self._say(Wrong.OUT_OF_TURN, turn.turn_no, f"used up by {command.player_id if command else None}")
            return
        expected = rules.apply(table.to_board(), _action(command))
        seat = event.state_after.seat_of(table.current_player_id) or 0
        if not isinstance(expected, State) or (command.speak_text or "").startswith(CONVERTED_PREFIX):
            self._say(Wrong.ILLEGAL, turn.turn_no, f"{_text(command)} was applied")
        elif expected[:2] != event.state_after.to_board(seat, event.turn_no, event.round_no)[:2]:
            self._say(Wrong.WRONG_STATE, turn.turn_no, f"after {_text(command)}")

    # -- what bots sent -----------------------------------------------------------------------------------------------

    def _look_at_commands(self) -> None:
        by_turn: dict[int, list[Command]] = {}
        for seen in self._evidence.commands:
            command = self._read(Command, seen)
            if command is not None and command.source == CommandSource.BOT:
                by_turn.setdefault(command.turn_no, []).append(command)
        for turn_no, commands in by_turn.items():
            self._look_at_turn(turn_no, commands)

    def _look_at_turn(self, turn_no: int, commands: Sequence[Command]) -> None:
        ids = {command.command_id for command in commands}
        seconds = {command_id(c.game_id, c.player_id or "", turn_no, attempt=1) for c in commands} & ids
        # A second attempt is the same command under another id.
        different = {command.model_copy(update={"command_id": ""}) for command in commands}
        self._judged.sent_twice += len(commands) - len(ids)
        self._judged.second_attempts += len(seconds)
        if len(ids - seconds) > 1:
            self._say(Wrong.SEVERAL_IDS, turn_no, f"{len(ids)} ids of {len({c.player_id for c in commands})} players")
        elif len(different) > 1:
            self._say(Wrong.SEVERAL_DECISIONS, turn_no, "; ".join(sorted(map(_text, different))))
        table = self._tables.get(turn_no)
        if table is None:
            return  # its event went with a broker
        for command in different:
            if command.player_id != table.current_player_id:
                self._say(Wrong.OUT_OF_TURN, turn_no, f"{_text(command)} by {command.player_id}")
            elif not isinstance(outcome := rules.apply(table.to_board(), _action(command)), State):
                self._say(Wrong.ILLEGAL, turn_no, f"{_text(command)} was sent: {outcome}")

    def _look_at_answers(self, events: Iterable[StepEvent]) -> None:
        for event in events:
            command = event.command
            if command is not None and command.source == CommandSource.BOT:
                self._judged.late += event.result_status == ResultStatus.IGNORED_TIMEOUT
                self._judged.ignored += event.result_status == ResultStatus.DUPLICATE_COMMAND

    # -- faults -------------------------------------------------------------------------------------------------------

    def _blame(self) -> None:
        for turn in self._turns:
            if turn.ran_out:
                suspects = [item for item in self._happened if _overlaps(item, turn)]
                worst = min(suspects, key=lambda item: self._distance(item, turn), default=None)
                excused = any(item.fault.kind.excuses for item in suspects)
                blamed = None if worst is None else worst.fault.kind.name
                self._judged.ran_out.append(RanOut(self._judged.game_id, turn.turn_no, turn.ended, blamed, excused))
                if not excused:
                    self._say(Wrong.LOST_TURN, turn.turn_no, f"blamed: {blamed}")

    def _distance(self, item: Happened, turn: _Turn) -> tuple[int, float]:
        """How far a fault is from being the cause: aimed at the turn, then at its bot's worker, then near in time."""
        if item.turn == (self._judged.game_id, turn.turn_no):
            rank = 0
        elif (self._judged.game_id, turn.table.current_player_id) in item.seats:
            rank = 1
        else:
            rank = 2
        return rank, abs(item.began - turn.opened)

    def _measure(self) -> None:
        """A worker's fault concerns the games whose open turn was one of its bots'; another fault concerns all."""
        meanwhile = (item for item in self._happened if self._turns and item.began < self._turns[-1].ended)
        for item in meanwhile:
            open_turn = next((turn for turn in self._turns if turn.opened <= item.began < turn.ended), None)
            if open_turn is None or (item.seats and not self._concerns(item, open_turn)):
                continue
            applied = (turn.ended for turn in self._turns if turn.ended > item.began and not turn.ran_out)
            if (recovered := next(applied, None)) is not None:
                kind = item.fault.kind.name
                self._judged.recoveries.append(Recovery(kind, self._judged.game_id, recovered - item.began))

    def _concerns(self, item: Happened, turn: _Turn) -> bool:
        return (self._judged.game_id, turn.table.current_player_id) in item.seats


def _overlaps(item: Happened, turn: _Turn) -> bool:
    return item.began - SLACK_SECONDS <= turn.ended and item.ended + AFTERMATH_SECONDS >= turn.opened


def _action(command: Command) -> Action:
    return Action(command.command_type, command.direction, command.speak_text)


def _text(command: Command) -> str:
    return " ".join(filter(None, (command.command_type, command.direction, command.speak_text)))
