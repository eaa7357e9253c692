"""Boards for brains, drawn by hand; `cowboy.brains.conformance` has random ones that play can reach."""

from datetime import UTC, datetime

from cowboy.brains.brain import Brain, Context, Situation
from cowboy.game import rules
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


def winner_of_a_duel(state: State, brains: tuple[Brain, Brain], max_turns: int) -> int | None:
    """The seat that wins; each brain keeps its notes."""
    notes = ["", ""]
    while state.winner is None and state.turn_no <= max_turns:
        seat = state.current
        asked = situation(state, seed=state.turn_no).model_copy(update={"notes": notes[seat]})
        decision = brains[seat].decide(asked, Context())
        notes[seat] = decision.notes or ""
        after = rules.apply(state, decision.action)
        assert isinstance(after, State)
        state = after
    return state.winner
