"""Map, players, state, game and snapshot (docs/wire.md#look-at-it)."""

from itertools import chain
from typing import Annotated, Self

from pydantic import Field, model_validator

from cowboy.game.board import MAX_PLAYERS, Grid, Player, State
from cowboy.game.wire.base import Signed32, Text, Time, Unsigned, Wire
from cowboy.game.words import Direction, GameStatus, MapSource, PlayerName


class Map(Wire):
    """The board without players: `cells[row][col]`, 0 empty, N > 0 destructible, negative indestructible."""

    rows: Annotated[int, Field(ge=1, le=1024)]
    cols: Annotated[int, Field(ge=1, le=1024)]
    cells: tuple[tuple[Signed32, ...], ...]

    @model_validator(mode="after")
    def _is_rectangular(self) -> Self:
        if len(self.cells) != self.rows or any(len(row) != self.cols for row in self.cells):
            raise ValueError(f"cells must be {self.rows} rows of {self.cols} cells, as rows and cols say")
        return self

    @classmethod
    def from_grid(cls, grid: Grid) -> "Map":
        rows, cols, cells = grid
        return cls.model_construct(
            rows=rows, cols=cols, cells=tuple(cells[row * cols : (row + 1) * cols] for row in range(rows))
        )

    def to_grid(self) -> Grid:
        return Grid(self.rows, self.cols, tuple(chain.from_iterable(self.cells)))


class PlayerIdentity(Wire):
    """A seat and the id that stands for it in every command."""

    player_name: PlayerName
    player_id: Text


class PlayerState(PlayerIdentity):
    """One player's piece. `alive` is false exactly when `hp` is 0."""

    hp: Signed32
    row: Unsigned
    col: Unsigned
    shield: Direction
    alive: bool


class GameState(Wire):
    """Map and players, in seat order; the dead stay in the list."""

    map: Map
    players: Annotated[tuple[PlayerState, ...], Field(min_length=1, max_length=MAX_PLAYERS)]

    @model_validator(mode="after")
    def _is_sane(self) -> Self:
        if len({player.player_id for player in self.players}) != len(self.players):
            raise ValueError("players must have different ids")
        for player in self.players:
            if player.row >= self.map.rows or player.col >= self.map.cols:
                raise ValueError(f"player {player.player_name} stands off the board")
            if player.alive and player.hp <= 0:
                raise ValueError(f"player {player.player_name} cannot be alive with {player.hp} hp")
        return self

    @classmethod
    def from_board(cls, state: State, ids: tuple[str, ...]) -> "GameState":
        """The wire form of a state; `ids` are the player ids in seat order."""
        players = tuple(
            PlayerState.model_construct(
                player_name=name,
                player_id=player_id,
                hp=player.hp,
                row=player.row,
                col=player.col,
                shield=player.shield,
                alive=player.alive,
            )
            for name, player_id, player in zip(PlayerName, ids, state.players, strict=False)
        )
        return cls.model_construct(map=Map.from_grid(state.grid), players=players)

    def to_board(self, current: int, turn_no: int, round_no: int) -> State:
        """The rules' view of it. A player that is not alive counts as one with 0 HP, whatever `hp` says."""
        players = tuple(
            Player(player.row, player.col, player.shield, player.hp if player.alive else 0) for player in self.players
        )
        return State(self.map.to_grid(), players, current, turn_no, round_no)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(player.player_id for player in self.players)

    @property
    def alive(self) -> tuple[PlayerState, ...]:
        return tuple(player for player in self.players if player.alive)

    def seat_of(self, player_id: str | None) -> int | None:
        """Index of a player in the list, or None if the game does not have it."""
        for seat, player in enumerate(self.players):
            if player.player_id == player_id:
                return seat
        return None


class Game(Wire):
    """Answer of `GET /v2/games/{id}`: the whole game."""

    game_id: Text
    status: GameStatus
    map_source: MapSource
    turn_timeout_seconds: Unsigned
    turn_no: Unsigned
    round_no: Unsigned
    current_player_id: Text
    created_at: Time
    started_at: Time | None = None
    turn_started_at: Time | None = None
    input_topic: Text | None = None
    output_topic: Text | None = None
    state: GameState


class Snapshot(Wire):
    """The watcher's view of a game. `last_step_seq` always equals `turn_no`; `step_seq` of events is another thing."""

    game_id: Text
    status: GameStatus
    turn_no: Unsigned
    round_no: Unsigned
    current_player_id: Text
    state: GameState
    last_step_seq: Unsigned
    turn_started_at: Time | None = None

    @classmethod
    def of(cls, game: Game) -> "Snapshot":
        return cls.model_construct(
            game_id=game.game_id,
            status=game.status,
            turn_no=game.turn_no,
            round_no=game.round_no,
            current_player_id=game.current_player_id,
            state=game.state,
            last_step_seq=game.turn_no,
            turn_started_at=game.turn_started_at,
        )
