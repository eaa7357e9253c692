"""Boards for brains: random ones that play can reach, and small ones drawn by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from cowboy.brains.brain import Situation
from cowboy.game import rules
from cowboy.game.board import Grid, Player, State, new_state
from cowboy.game.maps import generate_grid
from cowboy.game.turns import Table
from cowboy.game.wire.objects import GameState
from cowboy.game.words import Direction, GameStatus

SIZES = ((11, 11), (3, 3), (5, 9), (20, 20))


def situation(state: State, *, seed: int = 0, seconds: float = 5.0) -> Situation:
    """It is the current player's turn on this board."""
    ids = tuple(f"p{seat}" for seat in range(len(state.players)))
    table = Table(
        game_id="g",
        status=GameStatus.RUNNING,
        turn_no=state.turn_no,
        round_no=state.round_no,
        current_player_id=ids[state.current],
        opened_at=datetime.now(UTC),
        state=GameState.from_board(state, ids),
    )
    return Situation(table, seconds, seed)


def empty(*players: Player, current: int = 0, side: int = 7) -> State:
    """An empty board with these players."""
    return State(Grid(side, side, (0,) * side * side), players, current)


def reachable(seed: int) -> Iterator[State]:
    """States of a random game on a random map, some with the dead, some with players on blocks."""
    random = Random(seed)
    players = random.randint(1, 4)
    rows, cols = random.choice(SIZES)
    state = new_state(generate_grid(random, players, rows, cols), players)
    for _ in range(60):
        if state.winner is not None and players > 1:
            return
        yield state
        after = rules.apply(state, random.choice(list(rules.legal_actions(state))))
        assert isinstance(after, State)
        hurt = tuple(
            player._replace(hp=random.randint(0, 2)) if random.random() < 0.02 and seat != after.current else player
            for seat, player in enumerate(after.players)
        )
        state = after._replace(players=hurt)


def facing(row: int, col: int, shield: Direction, hp: int = 10) -> Player:
    return Player(row, col, shield, hp)
