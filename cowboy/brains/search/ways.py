"""How far a player has to walk until it could hit another: by free cells, and through blocks that shots destroy.

A shot destroys what lies beside its own line, never what lies ahead. So a player in a pocket one cell wide cannot break
out at its end: only through its sides.
"""

from collections.abc import Callable
from typing import NamedTuple

from cowboy.game.quick import DOWN, HARD, LEFT, RIGHT, SIDES, UP, Geometry

SHIELDED = 2
"""What it costs more to stand where the target's shield stops the shot."""

NO_SHIELD = -1

FAR = 40

FROM_SHOOTING, ROUND = 3, 8
"""Turns from a cell from which a block was shot at to one beyond it, and to where another one can be shot at."""


class Lines(NamedTuple):
    """From where a player can go on though a block is next, by the direction it goes in: boards of cells.

    Such are free cells which a line of free cells leads to that has a free cell beside it somewhere, from where a shot
    goes along the line. Where a block is now, which would have to be broken first, is not looked at so closely.
    """

    free: int
    up: int
    left: int
    down: int
    right: int


def _spread_in(free: int, line: int, step: Callable[[int], int]) -> int:
    """A board, and the free cells that are met going on from it in one direction."""
    while (longer := line | step(line) & free) != line:
        line = longer
    return line


class Ways:
    """Distances to the cells from which a target could be hit, remembered for each target and state of the blocks.

    They spread from all those cells at once, a bit board for each distance. A target that is `guarded` turns its shield
    to the line that is open; so many turns more is a cell worth from which it could be hit from one side alone.
    """

    def __init__(self, on: Geometry, guarded: int = 0) -> None:
        self.on = on
        self.guarded = guarded
        self._all = (1 << on.size) - 1
        first_column = sum(1 << row * on.cols for row in range(on.rows))
        self._beyond_first = self._all & ~first_column
        self._before_last = self._all & ~(first_column << on.cols - 1)
        self._known: dict[tuple[bytes, int, int], list[int]] = {}
        self._strengths: dict[bytes, dict[int, int]] = {}
        self._lines: dict[bytes, Lines] = {}

    def to_line(self, cells: bytes, start: int, target: int, shield: int) -> int:
        """Turns that somebody on `start` needs to come into line with `target`; `FAR` where there is no way."""
        key = (cells, target, shield)
        reached = self._known.get(key)
        if reached is None:
            reached = self._known[key] = self._spread(cells, target, shield)
        for distance, board in enumerate(reached):
            if board >> start & 1:
                return distance
        return FAR

    def _spread(self, cells: bytes, target: int, shield: int) -> list[int]:
        """By distance: all cells that are so far or less from a line of fire."""
        strengths, lines = self._by_strength(cells), self._lines_of(cells)
        waiting = firing_cells(self.on, cells, target, shield)
        if self.guarded and shield != NO_SHIELD:
            waiting = {turns + self.guarded: board for turns, board in waiting.items()}
            self._add_cells_of_two_lines(waiting, cells, target, lines)
        open_cells = self._all & ~strengths.get(HARD, 0) & ~(1 << target)
        reached: list[int] = []
        seen = last = 0
        for distance in range(FAR):
            new = waiting.pop(distance, 0) & open_cells & ~seen
            if not new and not waiting:
                break
            seen |= new
            reached.append(seen)
            last = distance if new else last
            for strength, board in strengths.items():
                # A player who comes from a neighbour enters the new cell, and has to break the block on it before, by
                # as many shots as it is strong: from beside the neighbour, so it has to go there first.
                entered = new & board
                if entered and strength:
                    ahead, shooting = self._breaking(entered, lines, target)
                    at = distance + strength + 2
                    waiting[at] = waiting.get(at, 0) | shooting
                    waiting[at + 1] = waiting.get(at + 1, 0) | ahead
                elif entered:
                    at = distance + 1
                    waiting[at] = waiting.get(at, 0) | self._beside(entered)
        return reached[: last + 1]

    def _add_cells_of_two_lines(self, waiting: dict[int, int], cells: bytes, target: int, lines: "Lines") -> None:
        """The cells from which two sides of somebody on `target` can be hit: those diagonally next to it. Where blocks
        are still in the way, the cells from which these are shot at."""
        following = self.on.next
        for upright in (UP, DOWN):
            for level in (LEFT, RIGHT):
                entries = following[4 * target + upright], following[4 * target + level]
                if min(entries) < 0:
                    continue
                cell = following[4 * entries[0] + level]
                shots = [cells[entry] for entry in entries]
                if HARD in (*shots, cells[cell]):
                    continue
                turns, shooters = 0, 1 << cell
                if any(shots):
                    turns = sum(shots) + cells[cell] + FROM_SHOOTING + ROUND * all(shots)
                    blocks = sum(1 << entry for entry in entries if cells[entry])
                    shooters = self._breaking(blocks, lines, target)[1]
                waiting[turns] = waiting.get(turns, 0) | shooters

    def _beside(self, board: int) -> int:
        return self._above_and_below(board) | self._left_and_right(board)

    def _above_and_below(self, board: int) -> int:
        cols = self.on.cols
        return board << cols & self._all | board >> cols

    def _left_and_right(self, board: int) -> int:
        return (board & self._before_last) << 1 | (board & self._beyond_first) >> 1

    def _breaking(self, blocks: int, lines: "Lines", target: int) -> tuple[int, int]:
        """The cells next to some blocks from which a player gets to them, and those from which it shoots at them.

        No shot enters the cell of the target, who stands there.
        """
        cols, free = self.on.cols, lines.free & ~(1 << target)
        upright = blocks << cols & lines.up | blocks >> cols & lines.down
        level = (blocks & self._before_last) << 1 & lines.left | (blocks & self._beyond_first) >> 1 & lines.right
        shooting = self._left_and_right(upright & free) | self._above_and_below(level & free)
        return upright | level, shooting & free

    def _lines_of(self, cells: bytes) -> "Lines":
        known = self._lines.get(cells)
        if known is None:
            free = self._by_strength(cells).get(0, 0)
            upright, level = free & self._left_and_right(free), free & self._above_and_below(free)
            blocks, cols = self._all & ~free, self.on.cols
            known = self._lines[cells] = Lines(
                free,
                blocks | _spread_in(free, upright, lambda line: line >> cols),
                blocks | _spread_in(free, level, lambda line: (line & self._beyond_first) >> 1),
                blocks | _spread_in(free, upright, lambda line: line << cols),
                blocks | _spread_in(free, level, lambda line: (line & self._before_last) << 1),
            )
        return known

    def _by_strength(self, cells: bytes) -> dict[int, int]:
        boards = self._strengths.get(cells)
        if boards is None:
            boards = {}
            for cell, strength in enumerate(cells):
                boards[strength] = boards.get(strength, 0) | 1 << cell
            self._strengths[cells] = boards
        return boards


def firing_cells(on: Geometry, cells: bytes, target: int, shield: int) -> dict[int, int]:
    """All cells from which somebody on `target` can be hit, by the shots that it takes to get to it: those that destroy
    the blocks between, and more where its shield stops them."""
    found: dict[int, int] = {}
    following = on.next
    for side in range(4):
        shots = SHIELDED if side == shield else 0
        entry = following[4 * target + side]
        while entry >= 0 and cells[entry] != HARD:
            strength = cells[entry]
            if not strength:
                # The shooter stands beside the entry cell, on either side of the line.
                for away in SIDES[side]:
                    shooter = following[4 * entry + away]
                    if shooter >= 0:
                        found[shots] = found.get(shots, 0) | 1 << shooter
            shots += strength
            entry = following[4 * entry + side]
    return found
