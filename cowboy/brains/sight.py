"""Who could hit whom: which shots of one player would hurt another if it were the first one's turn.

The same as trying every shot with `cowboy.game.rules.shot_hits`, several times faster; a test holds the two together.
A shot is a T: it enters the next cell and sweeps from there to both sides (docs/rules.md#the-laser-is-a-t-not-a-line).
So a target is hit only from a neighbouring row or column, along that row or column.
"""

from cowboy.game.board import State
from cowboy.game.words import Direction

_UP, _LEFT, _DOWN, _RIGHT = Direction


def shots_at(state: State, standing: list[int], shooter: int, target: int) -> tuple[Direction, ...]:
    """Directions in which `shooter` could shoot now and hurt `target`, both alive. `standing` is `state.standing`."""
    row, col, shield, _ = state.players[shooter]
    target_row, target_col, target_shield, _ = state.players[target]
    d_row, d_col = target_row - row, target_col - col
    cols = state.grid.cols
    shots: tuple[Direction, ...] = ()
    if d_row in {1, -1} and d_col:
        direction, blocked_by = (_DOWN if d_row == 1 else _UP), (_LEFT if d_col > 0 else _RIGHT)
        entry, end = target_row * cols + col, standing[target]
        if shield is not direction and target_shield is not blocked_by and _is_free(state, standing, entry, end, 1):
            shots = (direction,)
    if d_col in {1, -1} and d_row:
        direction, blocked_by = (_RIGHT if d_col == 1 else _LEFT), (_UP if d_row > 0 else _DOWN)
        entry, end = row * cols + target_col, standing[target]
        if shield is not direction and target_shield is not blocked_by and _is_free(state, standing, entry, end, cols):
            shots = (*shots, direction)
    return shots


def _is_free(state: State, standing: list[int], entry: int, end: int, stride: int) -> bool:
    """Whether nothing stands between two cells of a row (stride 1) or column (stride `cols`), nor under the target."""
    low, high = min(entry, end), max(entry, end)
    if any(state.grid.cells[low : high + 1 : stride]):
        return False
    return not any(low <= cell <= high and cell != end and (cell - low) % stride == 0 for cell in standing)
