"""The board and who stands on it: immutable values that the rules take and give.

Data sheet (docs/rules.md#board-and-players)
    cells       flat tuple, row by row: cell (row, column) is `cells[row * cols + col]`
                0 empty · N > 0 a block that N sweeps destroy · negative: indestructible
    players     tuple in seat order A, B, C, D; the dead stay in it
    current     index of the player whose turn it is
    turn_no     from 1, grows by exactly 1 with each consumed turn
    round_no    from 1, grows when the order wraps

Seats are indices here; names and ids belong to the wire (`cowboy.game.wire`).
"""

from typing import NamedTuple

from cowboy.game.words import Direction

_UP, _LEFT, _DOWN, _ = Direction  # looking up a member by name is slow, and brains ask for rays all the time

MAX_HP = 10
MAX_PLAYERS = 4
MIN_SIDE = 3
MAX_SIDE = 64
MAX_STRENGTH = 99


class Player(NamedTuple):
    """One seat's piece. `hp` 0 means dead; `shield` is the side it faces."""

    row: int
    col: int
    shield: Direction
    hp: int = MAX_HP

    @property
    def alive(self) -> bool:
        return self.hp > 0


class Grid(NamedTuple):
    """The map: size and cells, without players."""

    rows: int
    cols: int
    cells: tuple[int, ...]

    def at(self, row: int, col: int) -> int:
        return self.cells[row * self.cols + col]

    def contains(self, row: int, col: int) -> bool:
        return 0 <= row < self.rows and 0 <= col < self.cols

    def with_cell(self, row: int, col: int, value: int) -> "Grid":
        cells = list(self.cells)
        cells[row * self.cols + col] = value
        return Grid(self.rows, self.cols, tuple(cells))

    def ray(self, row: int, col: int, direction: Direction) -> range:
        """Indices of the cells beyond (row, col) in a direction, nearest first, up to the edge."""
        here = row * self.cols + col
        if direction is _UP:
            return range(here - self.cols, -1, -self.cols)
        if direction is _DOWN:
            return range(here + self.cols, len(self.cells), self.cols)
        if direction is _LEFT:
            return range(here - 1, here - col - 1, -1)
        return range(here + 1, here - col + self.cols)


class State(NamedTuple):
    """Everything the rules need to know of a game."""

    grid: Grid
    players: tuple[Player, ...]
    current: int = 0
    turn_no: int = 1
    round_no: int = 1

    @property
    def actor(self) -> Player:
        """The player whose turn it is."""
        return self.players[self.current]

    @property
    def alive(self) -> tuple[int, ...]:
        """Seats of the living, in order."""
        return tuple(seat for seat, player in enumerate(self.players) if player.hp > 0)

    @property
    def standing(self) -> list[int]:
        """Index of the cell that each seat stands on, in order; -1 for the dead, who block nothing."""
        cols = self.grid.cols
        return [row * cols + col if hp > 0 else -1 for row, col, _, hp in self.players]

    @property
    def winner(self) -> int | None:
        """Seat of the only living player, or None while there are several."""
        alive = self.alive
        return alive[0] if len(alive) == 1 else None

    def occupant(self, row: int, col: int) -> int | None:
        """Seat of the living player on a cell. The dead block nothing."""
        for seat, player in enumerate(self.players):
            if player.row == row and player.col == col and player.hp > 0:
                return seat
        return None


def spawn_players(rows: int, cols: int, count: int) -> tuple[Player, ...]:
    """The first `count` players at their spawns, shields outward."""
    middle_row, middle_col = rows // 2, cols // 2
    spawns = (
        Player(0, middle_col, Direction.UP),
        Player(middle_row, 0, Direction.LEFT),
        Player(rows - 1, middle_col, Direction.DOWN),
        Player(middle_row, cols - 1, Direction.RIGHT),
    )
    return spawns[:count]


def new_state(grid: Grid, player_count: int) -> State:
    """A game before its first turn."""
    return State(grid, spawn_players(grid.rows, grid.cols, player_count))
