"""What holds in every position and in every game, with a second model of the rules as the judge.

The model is written in another way on purpose: cells are complex numbers (column + row · i), a sweep is the list of
cells of a ray, a turn by 90° is a multiplication by i.
"""

from collections.abc import Iterator
from itertools import count, takewhile
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cowboy.game import rules
from cowboy.game.board import Grid, Player, State
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction, Refusal

from .notation import random_game

HEADING = {Direction.UP: -1j, Direction.DOWN: 1j, Direction.LEFT: -1 + 0j, Direction.RIGHT: 1 + 0j}
DIRECTED_ACTIONS = [
    Action(kind, direction)
    for kind in (CommandType.MOVE, CommandType.SHIELD, CommandType.SHOOT)
    for direction in Direction
]


@st.composite
def positions(draw: st.DrawFn) -> State:
    """Any position that a game can be in, and some more: blocks of any kind, some of them under players."""
    rows, cols = draw(st.integers(3, 6)), draw(st.integers(3, 6))
    cell = st.sampled_from((0, 0, 0, 0, 0, 0, 1, 2, -1, -5))
    cells = draw(st.lists(cell, min_size=rows * cols, max_size=rows * cols))
    places = draw(st.lists(st.integers(0, rows * cols - 1), min_size=1, max_size=4, unique=True))
    direction = st.sampled_from(Direction)
    hp = st.sampled_from((0, 1, 1, 2, 10))
    players = [Player(place // cols, place % cols, draw(direction), draw(hp)) for place in places]
    current = draw(st.integers(0, len(players) - 1))
    players[current] = players[current]._replace(hp=max(1, players[current].hp))
    return State(Grid(rows, cols, tuple(cells)), tuple(players), current, draw(st.integers(1, 99)), 1)


class Model:
    """The second opinion: what the contract says about one position."""

    def __init__(self, state: State) -> None:
        grid = state.grid
        self.state = state
        self.cells = {complex(n % grid.cols, n // grid.cols): value for n, value in enumerate(grid.cells)}
        self.living = {
            complex(player.col, player.row): seat for seat, player in enumerate(state.players) if player.hp > 0
        }

    def verdict(self, action: Action) -> State | Refusal:
        assert action.direction is not None
        mover = self.state.players[self.state.current]
        heading = HEADING[action.direction]
        target = complex(mover.col, mover.row) + heading
        if action.kind == CommandType.SHIELD:
            return self._next({self.state.current: mover._replace(shield=action.direction)}, {})
        if reason := next(self._objections(action, target), None):
            return reason
        if action.kind == CommandType.MOVE:
            return self._next({self.state.current: mover._replace(row=int(target.imag), col=int(target.real))}, {})
        return self._shot(target, heading)

    def _objections(self, action: Action, target: complex) -> Iterator[Refusal]:
        shooting = action.kind == CommandType.SHOOT
        if shooting and self.state.players[self.state.current].shield == action.direction:
            yield Refusal.CANNOT_SHOOT_THROUGH_OWN_SHIELD
        if target not in self.cells:
            yield Refusal.SHOOT_BLOCKED_BY_EDGE if shooting else Refusal.MOVE_OUT_OF_BOUNDS
        elif self.cells[target] != 0:
            yield Refusal.SHOOT_BLOCKED_BY_BLOCK if shooting else Refusal.MOVE_BLOCKED_BY_BLOCK
        elif target in self.living:
            yield Refusal.SHOOT_BLOCKED_BY_PLAYER if shooting else Refusal.MOVE_BLOCKED_BY_PLAYER

    def _shot(self, entry: complex, heading: complex) -> State:
        hurt, weakened = {}, {}
        for travel in (heading * 1j, heading / 1j):
            ray = takewhile(self.cells.__contains__, (entry + steps * travel for steps in count(1)))
            end = next((cell for cell in ray if self.cells[cell] or cell in self.living), None)
            if end is None:
                continue
            if self.cells[end]:
                weakened[end] = self.cells[end] - (self.cells[end] > 0)
                continue
            victim = self.state.players[self.living[end]]
            if HEADING[victim.shield] != -travel:
                hurt[self.living[end]] = victim._replace(hp=victim.hp - 1)
        return self._next(hurt, weakened)

    def _next(self, pieces: dict[int, Player], cells: dict[complex, int]) -> State:
        old = self.state
        players = tuple(pieces.get(seat, player) for seat, player in enumerate(old.players))
        ring = [*range(old.current + 1, len(players)), *range(old.current + 1)]
        following = next(seat for seat in ring if players[seat].hp > 0)
        grid = old.grid._replace(cells=tuple((self.cells | cells).values()))
        return State(grid, players, following, old.turn_no + 1, old.round_no + (following <= old.current))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(positions())
def test_the_rules_agree_with_a_second_model_on_every_directed_action(state: State) -> None:
    model = Model(state)
    for action in DIRECTED_ACTIONS:
        assert rules.apply(state, action) == model.verdict(action)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(positions())
def test_an_action_is_legal_exactly_when_it_is_not_refused(state: State) -> None:
    accepted = {action for action in DIRECTED_ACTIONS if not isinstance(rules.apply(state, action), Refusal)}
    legal = list(rules.legal_actions(state))
    assert set(legal) == accepted
    assert len(legal) == len(accepted)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(positions())
def test_the_reason_asked_for_beforehand_is_the_reason_given(state: State) -> None:
    for direction in Direction:
        for kind, refusal in ((CommandType.MOVE, rules.move_refusal), (CommandType.SHOOT, rules.shot_refusal)):
            outcome = rules.apply(state, Action(kind, direction))
            assert refusal(state, direction) == (outcome if isinstance(outcome, Refusal) else None)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(positions())
def test_a_shot_hurts_whom_it_was_said_to_hurt_and_never_more_than_two(state: State) -> None:
    for direction in Direction:
        after = rules.apply(state, Action(CommandType.SHOOT, direction))
        if isinstance(after, Refusal):
            continue
        lost = [before.hp - now.hp for before, now in zip(state.players, after.players, strict=True)]
        hits = rules.shot_hits(state, direction)
        assert lost == [int(seat in hits) for seat in range(len(lost))]
        assert len(hits) == len(set(hits)) <= 2
        assert state.current not in hits


GAMES = [(seats, seed) for seats in (2, 3, 4) for seed in range(12)]


@pytest.mark.parametrize(("seats", "seed"), GAMES)
def test_a_whole_game_keeps_its_promises(seats: int, seed: int) -> None:
    steps = list(random_game(Random(seed), seats))
    for before, action, after in steps:
        assert after.turn_no == before.turn_no + 1
        assert after.round_no == before.round_no + (after.current <= before.current)
        assert after.actor.alive
        assert all(now.hp <= was.hp and now.hp >= 0 for was, now in zip(before.players, after.players, strict=True))
        assert sum(before.players[seat].hp - after.players[seat].hp for seat in range(seats)) <= 2
        assert after.players[before.current].hp == before.players[before.current].hp
        assert all(now in (was, was - 1) for was, now in zip(before.grid.cells, after.grid.cells, strict=True))
        assert all(cell >= 0 or cell == was for was, cell in zip(before.grid.cells, after.grid.cells, strict=True))
        assert len({(after.players[seat].row, after.players[seat].col) for seat in after.alive}) == len(after.alive)
        if action.kind != CommandType.SHOOT:
            assert [player.hp for player in after.players] == [player.hp for player in before.players]
    end = steps[-1].after
    assert end.winner == steps[-1].before.current == end.current
    assert [player.alive for player in end.players].count(True) == 1
