"""The quick rules against the others, which say what is right: random play with both at once."""

from random import Random

import pytest

from cowboy.brains.conformance import reachable
from cowboy.brains.sight import shots_at
from cowboy.game import quick, rules
from cowboy.game.board import State, new_state
from cowboy.game.maps import generate_grid
from cowboy.game.quick import ACTIONS, Position, geometry
from cowboy.game.words import CommandType

SIZES = ((11, 11), (3, 3), (5, 9), (4, 7), (20, 20), (64, 3))


def compare(state: State) -> None:
    on, position = geometry(state.grid.rows, state.grid.cols), Position.of(state)
    assert position.winner == state.winner
    moves = quick.legal_moves(on, position)
    assert {ACTIONS[move] for move in moves} == set(rules.legal_actions(state))
    for move in moves:
        after = rules.apply(state, ACTIONS[move])
        assert isinstance(after, State)
        assert quick.apply(on, position, move) == Position.of(after), (state, ACTIONS[move])
    for shooter in state.alive:
        for target in state.alive:
            if shooter != target:
                hit = quick.can_hit(on, position, position.full, shooter, target)
                assert hit == bool(shots_at(state, state.standing, shooter, target))


@pytest.mark.parametrize("seed", range(40))
def test_every_position_of_a_random_game_is_the_same_by_both_rules(seed: int) -> None:
    for state in reachable(seed):
        compare(state)


@pytest.mark.parametrize("seed", range(24))
def test_a_game_full_of_shots_is_the_same_by_both_rules(seed: int) -> None:
    random = Random(seed)
    players = 2 + seed % 3
    state = new_state(generate_grid(random, players, *SIZES[seed % len(SIZES)]), players)
    for _ in range(150):
        if state.winner is not None:
            return
        compare(state)
        actions = list(rules.legal_actions(state))
        shots = [action for action in actions if action.kind is CommandType.SHOOT]
        after = rules.apply(state, random.choice(shots if shots and random.random() < 0.6 else actions))
        assert isinstance(after, State)
        state = after
