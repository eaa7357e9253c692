"""Maps: the built-in one, generated ones, and what makes a map playable (docs/wire.md#default-map)."""

from random import Random

from cowboy.game.board import MAX_SIDE, MAX_STRENGTH, MIN_SIDE, Grid, spawn_players
from cowboy.game.words import Direction

STANDARD_SIDE = 11
TRIES = 20

_TOP_HALF = (
    (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    (0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0),
    (0, -1, 0, 0, 0, 1, 0, 0, 0, -1, 0),
    (2, 0, 1, 0, -1, 0, -1, 0, 1, 0, 2),
    (0, 0, 0, 0, 2, 0, 2, 0, 0, 0, 0),
)
_MIDDLE = (0, 1, -1, 2, 0, 0, 0, 2, -1, 1, 0)


def default_grid() -> Grid:
    """The built-in 11 × 11 map, mirror-symmetric both ways."""
    rows = (*_TOP_HALF, _MIDDLE, *reversed(_TOP_HALF))
    return Grid(STANDARD_SIDE, STANDARD_SIDE, tuple(cell for row in rows for cell in row))


def generate_grid(random: Random, player_count: int, rows: int = STANDARD_SIDE, cols: int = STANDARD_SIDE) -> Grid:
    """A random map: 70 % empty, 16 % strength 1, 10 % strength 2, 4 % indestructible; the spawns used are empty.

    Drawn again, `TRIES` times at most, while blocks keep one of the players from another for good: on one map in some
    sixteen, with two players, somebody could never leave the cells that it begins in.
    """
    spawns = [player.row * cols + player.col for player in spawn_players(rows, cols, player_count)]
    for _ in range(TRIES):
        cells = [_cell(random.randrange(100)) for _ in range(rows * cols)]
        for spawn in spawns:
            cells[spawn] = 0
        grid = Grid(rows, cols, tuple(cells))
        if all(reachable_cells(grid, spawn).issuperset(spawns) for spawn in spawns):
            break
    return grid


def reachable_cells(grid: Grid, start: int) -> set[int]:
    """The cells that a player who starts on a cell can get to: by free cells, and by blocks that its own shots destroy.

    A shot enters the neighbouring cell and goes to both sides from there, so it never destroys the block ahead.
    """
    cells = list(grid.cells)
    while True:
        reached, waiting, destroyed = {start}, [start], False
        while waiting:
            here = divmod(waiting.pop(), grid.cols)
            for direction in Direction:
                ray = grid.ray(*here, direction)
                if not ray or cells[ray[0]]:
                    continue
                entry = ray[0]
                if entry not in reached:
                    reached.add(entry)
                    waiting.append(entry)
                for side in direction.sides:
                    struck = next((cell for cell in grid.ray(*divmod(entry, grid.cols), side) if cells[cell]), None)
                    if struck is not None and cells[struck] > 0:
                        cells[struck], destroyed = 0, True
        if not destroyed:
            return reached


def _cell(draw: int) -> int:
    if draw < 70:
        return 0
    if draw < 86:
        return 1
    return 2 if draw < 96 else -1


def map_problem(rows: int, cols: int, cells: list[list[int]], player_count: int) -> str | None:
    """Why a map from outside cannot be played on by so many players, or None.

    The existing backend takes any map and crashes later (docs/wire.md#extensions-and-deviations).
    """
    if not (MIN_SIDE <= rows <= MAX_SIDE and MIN_SIDE <= cols <= MAX_SIDE):
        return f"map.rows and map.cols must be from {MIN_SIDE} to {MAX_SIDE}, not {rows} x {cols}"
    if len(cells) != rows:
        return f"map.cells has {len(cells)} rows but map.rows is {rows}"
    for index, row in enumerate(cells):
        if len(row) != cols:
            return f"map.cells[{index}] has {len(row)} cells but map.cols is {cols}"
        if any(cell > MAX_STRENGTH for cell in row):
            return f"map.cells[{index}] has a block stronger than {MAX_STRENGTH}"
    for seat, player in zip("ABCD", spawn_players(rows, cols, player_count), strict=False):
        if cells[player.row][player.col]:
            return f"map.cells[{player.row}][{player.col}] must be 0: player {seat} starts there"
    return None
