"""Whose turn it is, from the events of the output topic alone (docs/wire.md#whose-turn-it-is).

`follow` folds one event into what is known of a game. It accepts everything a topic may hold: doubled events, a
re-read from the start, events that changed nothing, gaps, a beginning in the middle.
"""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from cowboy.game import rules
from cowboy.game.board import State
from cowboy.game.wire.base import Time, Unsigned, Wire
from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.objects import Game, GameState
from cowboy.game.words import GameStatus, ResultStatus, StepEventType


class Table(Wire):
    """A running game as its readers know it: what is on the board, and who is to act in which turn.

    `current_player_id` is None when nobody should act: one player is left, or the game is over.
    `opened_at` is when the turn began, by the clock of the backend (a close upper estimate of `turn_started_at`).
    """

    game_id: str
    status: GameStatus
    turn_no: Unsigned
    round_no: Unsigned
    current_player_id: str | None
    opened_at: Time
    state: GameState

    @classmethod
    def from_board(cls, game_id: str, state: State, ids: tuple[str, ...], opened_at: datetime) -> "Table":
        """A running game in which it is the turn of the board's current player; `ids` are in seat order."""
        return cls.model_construct(
            game_id=game_id,
            status=GameStatus.RUNNING,
            turn_no=state.turn_no,
            round_no=state.round_no,
            current_player_id=ids[state.current],
            opened_at=opened_at,
            state=GameState.from_board(state, ids),
        )

    @property
    def digest(self) -> str:
        """Sixteen hex digits that two tables share only if they are the same, to the last field."""
        return hashlib.sha256(self.to_json()).hexdigest()[:16]

    def to_board(self) -> State:
        """The rules' view. Raises `ValueError` when nobody is to act."""
        seat = self.state.seat_of(self.current_player_id)
        if seat is None:
            raise ValueError(f"nobody is to act in game {self.game_id}, turn {self.turn_no}")
        return self.state.to_board(seat, self.turn_no, self.round_no)


class News(StrEnum):
    """What an event meant."""

    NOTHING = "nothing"
    TURN_OPENED = "turn_opened"
    ONE_LEFT = "one_left"
    FINISHED = "finished"
    LOST_TRACK = "lost_track"
    """The event shows that others were missed and does not say whose turn it is: ask the game manager."""


class Followed(NamedTuple):
    table: Table | None
    news: News
    skipped_turns: int = 0
    """Turns whose events never came, as far as is known."""


def follow(table: Table | None, event: StepEvent) -> Followed:
    """Fold an event into a table. Returns the new table, and what the event meant."""
    if table is not None and table.status == GameStatus.FINISHED:
        return Followed(table, News.NOTHING)
    if event.event_type == StepEventType.GAME_FINISHED:
        return Followed(_table(event, GameStatus.FINISHED, None), News.FINISHED)
    known_turn = table.turn_no if table is not None and table.status != GameStatus.CREATED else 0
    if (event.event_type, event.result_status, event.command) == _START:
        if known_turn >= event.turn_no:
            return Followed(table, News.NOTHING)
        return Followed(_table(event, GameStatus.RUNNING, event.state_after.players[0].player_id), News.TURN_OPENED)
    if event.consumed_a_turn:
        return _follow_step(table, event)
    # Turn 1 tells nothing: a command sent before the start is answered with it, too.
    if event.turn_no > max(known_turn, 1):
        return Followed(table, News.LOST_TRACK, event.turn_no - known_turn if table is not None else 0)
    return Followed(table, News.NOTHING)


_START = (StepEventType.GAME_STARTED, ResultStatus.APPLIED, None)


def _follow_step(table: Table | None, event: StepEvent) -> Followed:
    if table is not None and event.turn_no <= table.turn_no:
        return Followed(table, News.NOTHING)
    skipped = event.turn_no - table.turn_no - 1 if table is not None else 0
    alive = event.state_after.alive
    if len(alive) <= 1 and event.event_type == StepEventType.STEP_APPLIED:
        return Followed(_table(event, GameStatus.RUNNING, None), News.ONE_LEFT, skipped)
    actor = _actor(table, event, skipped)
    if actor is None or not alive:
        return Followed(table, News.LOST_TRACK, skipped)
    board = event.state_after.to_board(actor, event.turn_no, event.round_no)
    following = event.state_after.players[rules.after(board.players, actor)]
    return Followed(_table(event, GameStatus.RUNNING, following.player_id), News.TURN_OPENED, skipped)


def _actor(table: Table | None, event: StepEvent, skipped: int) -> int | None:
    """Seat of the player who used up the turn.

    A timeout may leave it out: then it is the player who was current before.
    """
    named = event.command.player_id if event.command is not None else None
    if named is None and table is not None and not skipped:
        named = table.current_player_id
    return event.state_after.seat_of(named)


def _table(event: StepEvent, status: GameStatus, current_player_id: str | None) -> Table:
    return Table.model_construct(
        game_id=event.game_id,
        status=status,
        turn_no=event.turn_no,
        round_no=event.round_no,
        current_player_id=current_player_id,
        opened_at=event.created_at,
        state=event.state_after,
    )


def table_of(game: Game) -> Table:
    """What a game manager's answer says, in the terms of `follow`: for recovery."""
    acting = game.status == GameStatus.RUNNING and (len(game.state.alive) > 1 or len(game.state.players) == 1)
    return Table.model_construct(
        game_id=game.game_id,
        status=game.status,
        turn_no=game.turn_no,
        round_no=game.round_no,
        current_player_id=game.current_player_id if acting else None,
        opened_at=game.turn_started_at or game.created_at,
        state=game.state,
    )
