"""How far a player has to walk until it could hit another: by free cells, and through blocks that shots destroy."""

from cowboy.game.quick import HARD, SIDES, Geometry

EXPOSED = 2
"""What it costs more to stand where the target could shoot back."""

SHIELDED = 2
"""What it costs more to stand where the target's shield stops the shot."""

NO_SHIELD = -1

FAR = 99
BREAKING = 2
"""What a block in the way costs beside its strength: the steps to a cell from which a shot meets it."""


class Ways:
    """Distances to the cells from which a target could be hit, remembered for each target and state of the blocks."""

    def __init__(self, on: Geometry) -> None:
        self.on = on
        self._known: dict[tuple[bytes, int, int], list[int]] = {}

    def to_line(self, cells: bytes, solid: int, start: int, target: int, shield: int) -> int:
        """Turns that somebody on `start` needs to come into line with `target`; `FAR` where there is no way."""
        key = (cells, target, shield)
        distances = self._known.get(key)
        if distances is None:
            distances = self._known[key] = self._distances(cells, solid, target, shield)
        return distances[start]

    def _distances(self, cells: bytes, solid: int, target: int, shield: int) -> list[int]:
        """Of every cell, by Dijkstra's algorithm from all cells in line; a queue for each distance."""
        queues: list[list[int]] = [[] for _ in range(FAR + 1)]
        for shots, cell, side in firing_cells(self.on, cells, target):
            exposed = any(not between & solid for _, _, between in self.on.lines(target, cell))
            queues[min(FAR, shots + EXPOSED * exposed + SHIELDED * (side == shield))].append(cell)
        distances = [FAR] * self.on.size
        for distance, queue in enumerate(queues[:-1]):
            for cell in queue:
                if distances[cell] > distance:
                    distances[cell] = distance
                    self._queue_neighbours(queues, cells[cell], cell, distance)
        return distances

    def _queue_neighbours(self, queues: list[list[int]], strength: int, cell: int, distance: int) -> None:
        """A player who comes from a neighbour enters this cell, and has to break the block on it before."""
        if strength != HARD:
            onward = min(FAR, distance + 1 + (strength + BREAKING if strength else 0))
            queues[onward].extend(near for near in self.on.next[4 * cell : 4 * cell + 4] if near >= 0)


def firing_cells(on: Geometry, cells: bytes, target: int) -> list[tuple[int, int, int]]:
    """All cells from which somebody on `target` can be hit, each with the shots that destroy the blocks between."""
    found: list[tuple[int, int, int]] = []
    following = on.next
    for side in range(4):
        shots = 0
        entry = following[4 * target + side]
        while entry >= 0 and cells[entry] != HARD:
            strength = cells[entry]
            if not strength:
                # The shooter stands beside the entry cell, on either side of the line.
                for away in SIDES[side]:
                    shooter = following[4 * entry + away]
                    if shooter >= 0 and cells[shooter] != HARD:
                        found.append((shots, shooter, side))
            shots += strength
            entry = following[4 * entry + side]
    return found
