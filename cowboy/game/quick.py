"""The rules of `cowboy.game.rules` on small integers and bit boards, for brains that look at many thousand positions.

The same rules in meaning: a test plays many games with both and compares every position, every legal action and every
shot. What is not a matter of the board, such as turn numbers and speech, is left out.

Data sheet
    cell        row * cols + col; its bit is `1 << cell`
    direction   0 up, 1 left, 2 down, 3 right: the order of `Direction`; the opposite is `direction ^ 2`
    move        0-3 turn the shield, 4-7 go, 8-11 shoot, each in the direction `move & 3`
    cells       a byte a cell: 0 empty, 1-99 the strength of a block, 255 a block that nothing destroys
"""

import functools
from typing import NamedTuple

from cowboy.game.board import Grid, State
from cowboy.game.rules import DAMAGE, Action
from cowboy.game.words import CommandType, Direction

UP, LEFT, DOWN, RIGHT = range(4)
GO, SHOOT = 4, 8
DEAD = -1
HARD = 255

SIDES = ((LEFT, RIGHT), (UP, DOWN), (LEFT, RIGHT), (UP, DOWN))
"""By the direction of a shot: those of its two sweeps."""

_DIRECTIONS = tuple(Direction)
_NUMBERS = {direction: number for number, direction in enumerate(Direction)}
_KINDS = (CommandType.SHIELD, CommandType.MOVE, CommandType.SHOOT)

ACTIONS = tuple(Action(kind, direction) for kind in _KINDS for direction in Direction)
"""The action that each move is."""


class Position(NamedTuple):
    """The board with its players, and whose turn it is. Hashable, equal positions being the same position.

    `places` are the players' cells, `DEAD` for the dead; `solid` has the bits of all cells with a block.
    """

    places: tuple[int, ...]
    shields: tuple[int, ...]
    hps: tuple[int, ...]
    cells: bytes
    solid: int
    actor: int

    @classmethod
    def of(cls, state: State) -> "Position":
        """The same board as the other rules have it."""
        return cls(
            tuple(state.standing),
            tuple(_NUMBERS[player.shield] for player in state.players),
            tuple(max(0, player.hp) for player in state.players),
            bytes(HARD if cell < 0 else cell for cell in state.grid.cells),
            sum(1 << index for index, cell in enumerate(state.grid.cells) if cell),
            state.current,
        )

    @property
    def full(self) -> int:
        """The bits of all cells that end a sweep: blocks and living players."""
        bits = self.solid
        for place in self.places:
            if place >= 0:
                bits |= 1 << place
        return bits

    @property
    def winner(self) -> int | None:
        """Seat of the only living player, or None while there are several."""
        alive = [seat for seat, place in enumerate(self.places) if place >= 0]
        return alive[0] if len(alive) == 1 else None


Line = tuple[int, int, int]
"""A way to hit: the direction of the shot, the shield of the target that stops it, the bits of all cells that have to
be free of blocks and players (those from the entry cell to the target, exclusive)."""


class Geometry:
    """What depends on the size of the board alone, computed once."""

    def __init__(self, rows: int, cols: int) -> None:
        self.rows, self.cols = rows, cols
        self.size = rows * cols
        grid = Grid(rows, cols, (0,) * self.size)
        places = [divmod(cell, cols) for cell in range(self.size)]
        rays = [grid.ray(row, col, direction) for row, col in places for direction in Direction]
        self.next = tuple(ray[0] if ray else -1 for ray in rays)
        """By `4 * cell + direction`: the neighbouring cell, or -1 beyond the edge."""
        self.ray = tuple(sum(1 << cell for cell in ray) for ray in rays)
        """By `4 * cell + direction`: the bits of all cells in that direction."""
        self._lines: dict[int, tuple[Line, ...]] = {}

    def lines(self, shooter: int, target: int) -> tuple[Line, ...]:
        """The ways to hit somebody on cell `target` from cell `shooter`: none, one or two."""
        key = shooter * self.size + target
        lines = self._lines.get(key)
        if lines is None:
            lines = self._lines[key] = tuple(self._ways_to_hit(shooter, target))
        return lines

    def apart(self, here: int, there: int) -> int:
        """Rows or columns between two cells, the larger number."""
        (row, col), (other_row, other_col) = divmod(here, self.cols), divmod(there, self.cols)
        return max(abs(row - other_row), abs(col - other_col))

    def _ways_to_hit(self, shooter: int, target: int) -> list[Line]:
        lines = []
        for direction in range(4):
            entry = self.next[4 * shooter + direction]
            if entry < 0:
                continue
            for side in SIDES[direction]:
                beyond = self.ray[4 * entry + side]
                if beyond >> target & 1:
                    between = beyond & self.ray[4 * target + (side ^ 2)]
                    lines.append((direction, side ^ 2, between | 1 << entry))
        return lines


@functools.lru_cache(maxsize=64)
def geometry(rows: int, cols: int) -> Geometry:
    """That of a board of this size; shared by all who ask."""
    return Geometry(rows, cols)


def number_of(direction: Direction) -> int:
    """The number of a direction."""
    return _NUMBERS[direction]


def legal_moves(on: Geometry, position: Position) -> list[int]:
    """Every move that the current player may make now."""
    actor = position.actor
    full, here, shield = position.full, 4 * position.places[actor], position.shields[actor]
    moves = [0, 1, 2, 3]
    for direction in range(4):
        cell = on.next[here + direction]
        if cell >= 0 and not full >> cell & 1:
            moves.append(GO + direction)
            if direction != shield:
                moves.append(SHOOT + direction)
    return moves


def sweep_ends(on: Geometry, full: int, here: int, direction: int) -> list[tuple[int, int]]:
    """The cells at which the two sweeps of a shot from cell `here` end, each with the direction of its sweep."""
    entry = 4 * on.next[4 * here + direction]
    ends = []
    for side in SIDES[direction]:
        met = on.ray[entry + side] & full
        if met:
            first = met.bit_length() - 1 if side < DOWN else (met & -met).bit_length() - 1
            ends.append((first, side))
    return ends


def apply(on: Geometry, position: Position, move: int) -> Position:
    """The position after a legal move of the current player, and the turn passed on."""
    places, shields, hps, cells, solid, actor = position
    direction = move & 3
    if move < GO:
        if shields[actor] != direction:
            shields = (*shields[:actor], direction, *shields[actor + 1 :])
    elif move < SHOOT:
        places = (*places[:actor], on.next[4 * places[actor] + direction], *places[actor + 1 :])
    else:
        places, hps, cells, solid = _shoot(on, position, direction)
    count = len(places)
    following = (actor + 1) % count
    while places[following] < 0:
        following = (following + 1) % count
    return Position(places, shields, hps, cells, solid, following)


def _shoot(on: Geometry, position: Position, direction: int) -> tuple[tuple[int, ...], tuple[int, ...], bytes, int]:
    """Places, HP, cells and the bits of blocks after a legal shot."""
    places, shields, hps, cells, solid, actor = position
    for end, side in sweep_ends(on, position.full, places[actor], direction):
        if strength := cells[end]:
            if strength != HARD:
                cells = cells[:end] + bytes((strength - 1,)) + cells[end + 1 :]
                if strength == 1:
                    solid &= ~(1 << end)
            continue
        seat = places.index(end)
        if shields[seat] != side ^ 2:
            hps = (*hps[:seat], max(0, hps[seat] - DAMAGE), *hps[seat + 1 :])
    if 0 in hps:
        places = tuple(place if hp else DEAD for place, hp in zip(places, hps, strict=True))
    return places, hps, cells, solid


def can_hit(on: Geometry, position: Position, full: int, shooter: int, target: int) -> bool:
    """Whether one living player could hurt another if it were its turn; `full` is the position's."""
    here, there = position.places[shooter], position.places[target]
    for direction, stopped_by, between in on.lines(here, there):
        if (
            not between & full
            and position.shields[shooter] != direction
            and position.shields[target] != stopped_by
            and not position.solid >> there & 1
        ):
            return True
    return False
