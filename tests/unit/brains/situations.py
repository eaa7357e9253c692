"""Boards for brains, drawn by hand; `cowboy.brains.conformance` has random ones that play can reach."""

from datetime import UTC, datetime

from cowboy.brains.brain import Situation
from cowboy.game.board import Grid, Player, State
from cowboy.game.turns import Table
from cowboy.game.words import Direction


def situation(state: State, *, seed: int = 0, seconds: float = 5.0) -> Situation:
    """It is the current player's turn on this board."""
    ids = tuple(f"p{seat}" for seat in range(len(state.players)))
    table = Table.from_board("g", state, ids, datetime.now(UTC))
    return Situation(table=table, seconds_left=seconds, seed=seed)


def empty(*players: Player, current: int = 0, side: int = 7) -> State:
    """An empty board with these players."""
    return State(Grid(side, side, (0,) * side * side), players, current)


def facing(row: int, col: int, shield: Direction, hp: int = 10) -> Player:
    return Player(row, col, shield, hp)
