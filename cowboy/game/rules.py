"""The rules: state and action in, new state or refusal out (docs/rules.md).

A refusal is a value, not an exception. The actor is always the current player. `cowboy.arena.verdict` checks whether
the game runs and who acts.

Brains play thousands of turns with these functions to decide one, hence the names bound to members of enums (looking
a member up is slow) and the one construction of a state a turn.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cowboy.game.board import Grid, Player, State
from cowboy.game.words import CommandType, Direction, Refusal

DAMAGE = 1

_MOVE, _SHIELD, _SHOOT, _SPEAK, _TIMEOUT, _GAME_STARTED = CommandType


class Action(NamedTuple):
    """What a player wants to do with the turn. `direction` and `text` only count where the command needs them."""

    kind: CommandType
    direction: Direction | None = None
    text: str | None = None


_DIRECTED_ACTIONS = tuple(
    (direction, Action(_SHIELD, direction), Action(_MOVE, direction), Action(_SHOOT, direction))
    for direction in Direction
)

_Board = tuple[Grid, tuple[Player, ...]]
"""The map and the players after an action."""


def apply(state: State, action: Action) -> State | Refusal:
    """The state after the current player's action, its turn consumed; or why it is refused, nothing changed."""
    board = _effect(state, *action)
    return board if isinstance(board, Refusal) else _pass_the_turn(state, *board)


def legal_actions(state: State) -> Iterator[Action]:
    """Every action with a direction that the current player may take now. A speech is always legal besides."""
    shielded, standing = state.actor.shield, state.standing
    for direction, shield, move, shoot in _DIRECTED_ACTIONS:
        yield shield
        if _obstacle(state, direction, standing) is None:
            yield move
            if direction is not shielded:
                yield shoot


def move_refusal(state: State, direction: Direction) -> Refusal | None:
    """Why the current player may not go that way, or None."""
    obstacle = _obstacle(state, direction, state.standing)
    return None if obstacle is None else obstacle.to_move


def shot_refusal(state: State, direction: Direction) -> Refusal | None:
    """Why the current player may not shoot that way, or None. The entry cell must be free."""
    if direction is state.actor.shield:
        return Refusal.CANNOT_SHOOT_THROUGH_OWN_SHIELD
    obstacle = _obstacle(state, direction, state.standing)
    return None if obstacle is None else obstacle.to_shot


def shot_hits(state: State, direction: Direction) -> list[int]:
    """Seats that a legal shot of the current player would hurt: none, one or two, never the shooter."""
    return [end.seat for end in _sweeps(state, direction) if end.seat is not None]


def shot_strikes(state: State, direction: Direction) -> bool:
    """Whether a legal shot of the current player would change anything: hurt a player or weaken a block."""
    return any(end != _NOTHING for end in _sweeps(state, direction))


def after(players: tuple[Player, ...], actor: int) -> int:
    """Seat of the first living player after `actor`, cyclically; `actor` itself if nobody else lives."""
    count = len(players)
    for step in range(1, count + 1):
        seat = (actor + step) % count
        if players[seat].hp > 0:
            return seat
    raise ValueError("no player is alive: a shooter always survives its shot, so this state cannot come from the rules")


def _pass_the_turn(state: State, grid: Grid, players: tuple[Player, ...]) -> State:
    following = after(players, state.current)
    wrapped = following <= state.current
    return State(grid, players, following, state.turn_no + 1, state.round_no + wrapped)


def _effect(state: State, kind: CommandType, direction: Direction | None, text: str | None) -> _Board | Refusal:
    if kind is _SPEAK:
        return _unchanged(state) if text and text.strip() else Refusal.MISSING_SPEAK_TEXT
    if kind is _TIMEOUT:
        return _unchanged(state)
    if kind is _GAME_STARTED:
        return Refusal.RESERVED_COMMAND_TYPE
    if direction is None:
        return Refusal.MISSING_DIRECTION
    if kind is _MOVE:
        return _move(state, direction)
    return _shoot(state, direction) if kind is _SHOOT else _shield(state, direction)


def _unchanged(state: State) -> _Board:
    return state.grid, state.players


def _with_actor(state: State, actor: Player) -> _Board:
    seat, players = state.current, state.players
    return state.grid, (*players[:seat], actor, *players[seat + 1 :])


def _move(state: State, direction: Direction) -> _Board | Refusal:
    if refusal := move_refusal(state, direction):
        return refusal
    row, col, shield, hp = state.actor
    d_row, d_col = direction.step
    return _with_actor(state, Player(row + d_row, col + d_col, shield, hp))


def _shield(state: State, direction: Direction) -> _Board:
    row, col, _, hp = state.actor
    return _with_actor(state, Player(row, col, direction, hp))


def _shoot(state: State, direction: Direction) -> _Board | Refusal:
    if refusal := shot_refusal(state, direction):
        return refusal
    board = _unchanged(state)
    for end in _sweeps(state, direction):
        board = _struck(*board, end)
    return board


class _Obstacle(NamedTuple):
    """What is in the way on the neighbouring cell, as the refusal of a step onto it and of a shot into it."""

    to_move: Refusal
    to_shot: Refusal


_EDGE = _Obstacle(Refusal.MOVE_OUT_OF_BOUNDS, Refusal.SHOOT_BLOCKED_BY_EDGE)
_BLOCK = _Obstacle(Refusal.MOVE_BLOCKED_BY_BLOCK, Refusal.SHOOT_BLOCKED_BY_BLOCK)
_PLAYER = _Obstacle(Refusal.MOVE_BLOCKED_BY_PLAYER, Refusal.SHOOT_BLOCKED_BY_PLAYER)


def _obstacle(state: State, direction: Direction, standing: list[int]) -> _Obstacle | None:
    """What keeps the current player from the neighbouring cell, checked in this order."""
    row, col, _, _ = state.actor
    ray = state.grid.ray(row, col, direction)
    if not ray:
        return _EDGE
    if state.grid.cells[ray[0]]:
        return _BLOCK
    return _PLAYER if ray[0] in standing else None


class _SweepEnd(NamedTuple):
    """Where a sweep took effect: a block to weaken, a player to hurt, or nothing at all."""

    block: int | None = None
    seat: int | None = None


_NOTHING = _SweepEnd()


def _sweeps(state: State, direction: Direction) -> tuple[_SweepEnd, _SweepEnd]:
    """The two sweeps of a legal shot, from its entry cell to both sides of its direction."""
    row, col, _, _ = state.actor
    d_row, d_col = direction.step
    first, second = direction.sides
    return _sweep(state, row + d_row, col + d_col, first), _sweep(state, row + d_row, col + d_col, second)


def _sweep(state: State, row: int, col: int, direction: Direction) -> _SweepEnd:
    """Follow one sweep from the entry cell (row, col), exclusive, until something ends it.

    The cell is looked at before the players on it: a player on a block is covered by the block. The dead are
    transparent.
    """
    cells, standing = state.grid.cells, state.standing
    for index in state.grid.ray(row, col, direction):
        if strength := cells[index]:
            return _SweepEnd(block=index) if strength > 0 else _NOTHING
        if index in standing:
            seat = standing.index(index)
            shielded = state.players[seat].shield is direction.opposite
            return _NOTHING if shielded else _SweepEnd(seat=seat)
    return _NOTHING


def _struck(grid: Grid, players: tuple[Player, ...], end: _SweepEnd) -> _Board:
    if end.block is not None:
        row, col = divmod(end.block, grid.cols)
        return grid.with_cell(row, col, grid.cells[end.block] - 1), players
    if end.seat is not None:
        row, col, shield, hp = players[end.seat]
        struck = Player(row, col, shield, hp - DAMAGE)
        return grid, (*players[: end.seat], struck, *players[end.seat + 1 :])
    return grid, players
