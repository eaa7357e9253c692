"""What the arena keeps of a game, and the pure steps of its life: start, turn, end.

The wire's `Game` is made from it.
"""

from datetime import datetime
from typing import Self

from cowboy.game import rules
from cowboy.game.board import State
from cowboy.game.rules import Action
from cowboy.game.wire.base import Time, Wire
from cowboy.game.wire.objects import Game, GameState, Snapshot
from cowboy.game.words import FinishRefusal, GameStatus, MapSource, Refusal, StartRefusal
from cowboy.process.milliseconds import epoch_ms


class GameRecord(Wire):
    """One game, whole. `board` has turn, round and current seat; `player_ids` are in seat order.

    `last_step_seq` numbers the game's events from 1 without gaps (docs/wire.md#step-event). `max_turns` is our
    extension: a game that would go beyond it ends without a winner. `closed` means that the topics are gone.
    """

    game_id: str
    player_ids: tuple[str, ...]
    board: State
    status: GameStatus = GameStatus.CREATED
    map_source: MapSource
    turn_timeout_seconds: int
    max_turns: int | None = None
    created_at: Time
    started_at: Time | None = None
    turn_started_at: Time | None = None
    input_topic: str
    output_topic: str
    last_step_seq: int = 0
    closed: bool = False

    @property
    def is_running(self) -> bool:
        return self.status is GameStatus.RUNNING

    @property
    def current_player_id(self) -> str:
        return self.player_ids[self.board.current]

    @property
    def first_alive_id(self) -> str:
        """The winner, once the game is over; before that merely the first living player."""
        return self.player_ids[self.board.alive[0]]

    @property
    def deadline_ms(self) -> int | None:
        """When the present turn runs out, in ms since the epoch; None while no turn is running."""
        if not self.is_running or self.turn_started_at is None:
            return None
        # Whole numbers: the wire sets no upper limit to a timeout, `timedelta` does.
        return epoch_ms(self.turn_started_at) + self.turn_timeout_seconds * 1000

    @property
    def is_played_out(self) -> bool:
        """True once more turns would be played than `max_turns` allows."""
        return self.max_turns is not None and self.board.turn_no > self.max_turns

    def start(self, now: datetime) -> Self | StartRefusal:
        """The game with its first turn running."""
        if self.status is GameStatus.FINISHED:
            return StartRefusal.GAME_FINISHED
        if self.is_running:
            return StartRefusal.ALREADY_RUNNING
        return self.model_copy(update={"status": GameStatus.RUNNING, "started_at": now, "turn_started_at": now})

    def try_action(self, player_id: str, turn_no: int, action: Action) -> State | Refusal:
        """The board after a player's action, or the first reason to refuse it (docs/rules.md#commands)."""
        if not self.is_running:
            return Refusal.GAME_NOT_RUNNING
        if player_id != self.current_player_id:
            return Refusal.INVALID_TURN_PLAYER
        if turn_no != self.board.turn_no:
            return Refusal.STALE_TURN_NO
        return rules.apply(self.board, action) if self.board.actor.alive else Refusal.PLAYER_DEAD

    def next_turn(self, board: State, now: datetime) -> Self:
        """The game with the board that `try_action` gave, its next turn running."""
        return self.model_copy(update={"board": board, "turn_started_at": now})

    def finish(self, expected_turn_no: int | None) -> Self | FinishRefusal:
        """The game at its end, if one player is left; it need not be running."""
        if expected_turn_no not in (None, self.board.turn_no):
            return FinishRefusal.STALE_TURN_NO
        if self.status is GameStatus.FINISHED:
            return FinishRefusal.ALREADY_FINISHED
        return self.ended() if self.board.winner is not None else FinishRefusal.NOT_LAST_PLAYER_LEFT

    def ended(self) -> Self:
        """The game at its end, with any number of players left."""
        return self.model_copy(update={"status": GameStatus.FINISHED})

    def to_state(self) -> GameState:
        return GameState.from_board(self.board, self.player_ids)

    def to_game(self) -> Game:
        """The answer of `GET /v2/games/{id}`."""
        return Game.model_construct(
            game_id=self.game_id,
            status=self.status,
            map_source=self.map_source,
            turn_timeout_seconds=self.turn_timeout_seconds,
            turn_no=self.board.turn_no,
            round_no=self.board.round_no,
            current_player_id=self.current_player_id,
            created_at=self.created_at,
            started_at=self.started_at,
            turn_started_at=self.turn_started_at,
            input_topic=self.input_topic,
            output_topic=self.output_topic,
            state=self.to_state(),
        )

    def to_snapshot(self) -> Snapshot:
        return Snapshot.of(self.to_game())
