"""How far a player has to walk until it could hit another: by free cells, and through blocks that shots destroy."""

from cowboy.game.quick import HARD, SIDES, Geometry

SHIELDED = 2
"""What it costs more to stand where the target's shield stops the shot."""

NO_SHIELD = -1

FAR = 40
BREAKING = 2
"""What a block in the way costs beside its strength: the steps to a cell from which a shot meets it."""


class Ways:
    """Distances to the cells from which a target could be hit, remembered for each target and state of the blocks.

    They spread from all those cells at once, a bit board for each distance.
    """

    def __init__(self, on: Geometry) -> None:
        self.on = on
        self._all = (1 << on.size) - 1
        first_column = sum(1 << row * on.cols for row in range(on.rows))
        self._beyond_first = self._all & ~first_column
        self._before_last = self._all & ~(first_column << on.cols - 1)
        self._known: dict[tuple[bytes, int, int], list[int]] = {}
        self._strengths: dict[bytes, dict[int, int]] = {}

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
        strengths = self._by_strength(cells)
        waiting = firing_cells(self.on, cells, target, shield)
        open_cells = self._all & ~strengths.get(HARD, 0)
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
                # A player who comes from a neighbour enters the new cell, and has to break the block on it before.
                entered = new & board
                if entered:
                    at = distance + 1 + (strength + BREAKING if strength else 0)
                    waiting[at] = waiting.get(at, 0) | self._beside(entered)
        return reached[: last + 1]

    def _beside(self, board: int) -> int:
        cols = self.on.cols
        return (
            board << cols & self._all
            | board >> cols
            | (board & self._before_last) << 1
            | (board & self._beyond_first) >> 1
        )

    def _by_strength(self, cells: bytes) -> dict[int, int]:
        boards = self._strengths.get(cells)
        if boards is None:
            boards = {}
            for cell, strength in enumerate(cells):
                boards[strength] = boards.get(strength, 0) | 1 << cell
            self._strengths[cells] = boards
        return boards


def firing_cells(on: Geometry, cells: bytes, target: int, shield: int) -> dict[int, int]:
    """All cells from which somebody on `target` can be hit, by the shots that destroy the blocks between."""
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
