"""The search brain: what it must see, and that it keeps its budget."""

from collections.abc import Iterator
from random import Random

import pytest

from cowboy.brains.brain import Context
from cowboy.brains.conformance import reachable
from cowboy.brains.search import SearchBrain
from cowboy.brains.sight import shots_at
from cowboy.game import rules
from cowboy.game.board import State, new_state
from cowboy.game.maps import generate_grid
from cowboy.game.words import CommandType, Direction
from cowboy.match.tournament import pairings, play, score
from cowboy.settings import Settings
from tests.unit.brains.situations import empty, facing, situation, winner_of_a_duel

UP, LEFT, DOWN, RIGHT = Direction


def decide(state: State, nodes: int = 200, seed: int = 0) -> rules.Action:
    return SearchBrain(1000, nodes).decide(situation(state, seed=seed), Context()).action


@pytest.mark.parametrize("seed", range(5))
def test_a_shot_that_wins_is_taken(seed: int) -> None:
    state = empty(facing(3, 2, DOWN), facing(2, 5, UP, hp=1))
    assert decide(state, seed=seed) == (CommandType.SHOOT, UP, None)


@pytest.mark.parametrize("seed", range(5))
def test_a_shot_that_finishes_two_is_taken(seed: int) -> None:
    state = empty(facing(3, 2, DOWN), facing(2, 0, UP, hp=1), facing(2, 5, UP, hp=1), facing(6, 6, DOWN))
    assert decide(state, seed=seed) == (CommandType.SHOOT, UP, None)


@pytest.mark.parametrize("seed", range(5))
def test_one_of_two_enemies_is_finished_though_the_other_is_then_the_only_one(seed: int) -> None:
    state = empty(facing(5, 3, UP), facing(4, 4, UP, hp=1), facing(0, 0, RIGHT))
    assert decide(state, seed=seed) == (CommandType.SHOOT, RIGHT, None)


@pytest.mark.parametrize("seed", range(5))
def test_the_last_hit_point_is_not_risked_where_a_step_or_a_shield_saves_it(seed: int) -> None:
    state = empty(facing(3, 2, DOWN, hp=1), facing(2, 5, RIGHT), facing(6, 0, LEFT, hp=10))
    assert shots_at(state, state.standing, 1, 0)
    after = rules.apply(state, decide(state, seed=seed))
    assert isinstance(after, State)
    assert not shots_at(after, after.standing, 1, 0)


LONG_STILL = "1,1,1,1:" + "Abc" * 150
"""The note of a player who remembers 150 own turns in which nobody was hurt."""


@pytest.mark.parametrize("seed", range(5))
def test_one_of_several_is_finished_after_a_long_stalemate_though_all_others_are_far_away(seed: int) -> None:
    """To press an enemy must not count more than to be rid of it."""
    near = facing(4, 10, RIGHT, hp=1), facing(5, 9, UP, hp=1)
    state = empty(*near, facing(9, 1, UP, hp=1), facing(9, 2, UP, hp=1), side=11)
    asked = situation(state, seed=seed).model_copy(update={"notes": LONG_STILL})
    after = rules.apply(state, SearchBrain(1000, 300).decide(asked, Context()).action)
    assert isinstance(after, State)
    assert after.players[1].hp == 0


@pytest.mark.parametrize("nodes", [1, 7, 100, 2000])
def test_no_more_positions_are_looked_at_than_the_budget_allows(nodes: int) -> None:
    for state in reachable(2)[::10]:
        figures = SearchBrain(60_000, nodes).decide(situation(state), Context()).figures
        assert figures["nodes"] <= nodes


def test_a_budget_of_time_ends_a_search_that_could_go_on() -> None:
    state = empty(facing(3, 2, DOWN), facing(2, 5, UP), facing(5, 5, UP), facing(6, 0, UP))
    hurried = SearchBrain(1).decide(situation(state), Context()).figures
    patient = SearchBrain(60_000, 100_000).decide(situation(state), Context()).figures
    assert hurried["nodes"] < patient["nodes"]


def test_it_beats_three_random_players_from_every_seat() -> None:
    settings = Settings(search_budget_nodes=60)
    result = score(play(game, settings) for game in pairings(["search", "random", "random", "random"], 4, 7, 1000))
    assert (result.wins, result.failures) == (4, 0)


def test_two_of_them_do_not_circle_for_ever() -> None:
    settings = Settings(search_budget_nodes=60)
    result = score(play(game, settings) for game in pairings(["search", "search"], 2, 5, 1000))
    assert result.draws == 0


def test_a_game_of_four_of_them_ends() -> None:
    """Not each of the others may wait until the rest have hurt each other."""
    settings = Settings(search_budget_nodes=60)
    result = score(play(game, settings) for game in pairings(["search"] * 4, 1, 100, 1000))
    assert result.draws == 0


BEGINNERS = ("greedy", "random")


@pytest.mark.parametrize("opponent", BEGINNERS)
def test_the_hard_level_beats_a_beginner(opponent: str) -> None:
    result = score(play(game, Settings(search_budget_nodes=200)) for game in pairings(["hard", opponent], 2, 0, 600))
    assert (result.wins, result.failures) == (2, 0)


def test_the_easy_level_loses_to_a_beginner_and_beats_chance() -> None:
    settings = Settings(search_budget_nodes=100)
    against_greedy = score(play(game, settings) for game in pairings(["easy", "greedy"], 12, 100, 400))
    against_random = score(play(game, settings) for game in pairings(["easy", "random"], 4, 100, 400))
    assert against_greedy.losses > against_greedy.wins
    assert against_random.wins == 4


@pytest.mark.parametrize("seed", [100, 102])
def test_more_positions_win_against_fewer_from_either_seat(seed: int) -> None:
    more, fewer = SearchBrain(60_000, 600), SearchBrain(60_000, 60)
    state = new_state(generate_grid(Random(seed), 2), 2)
    assert winner_of_a_duel(state, (more, fewer), 500) == 0
    assert winner_of_a_duel(state, (fewer, more), 500) == 1


def test_a_level_that_sees_less_looks_at_less() -> None:
    state = empty(facing(3, 2, DOWN), facing(2, 5, UP))
    depths = [
        SearchBrain(60_000, 2000, level).decide(situation(state), Context()).figures["depth"]
        for level in ("easy", "normal", "hard")
    ]
    assert depths == sorted(set(depths))


def test_no_shot_is_fired_at_nothing() -> None:
    for seed in range(4):
        for state in reachable(seed)[::6]:
            action = decide(state, nodes=100, seed=seed)
            if action.kind is CommandType.SHOOT and action.direction is not None:
                assert rules.shot_strikes(state, action.direction)


def walled(state: State, **blocks: int) -> State:
    """The same with blocks: `r3c2=1` is one of strength 1 in row 3, column 2."""
    grid = state.grid
    for name, strength in blocks.items():
        row, col = name[1:].split("c")
        grid = grid.with_cell(int(row), int(col), strength)
    return state._replace(grid=grid)


@pytest.mark.parametrize("seed", range(5))
def test_no_crate_is_broken_without_a_use(seed: int) -> None:
    state = walled(empty(facing(3, 1, UP), facing(0, 6, LEFT)), r5c0=1, r6c1=2, r6c0=1)
    after = rules.apply(state, decide(state, seed=seed))
    assert isinstance(after, State)
    assert after.grid == state.grid


def left_alone(state: State, turns: int, seed: int) -> Iterator[State]:
    """The states after each turn of `search`, while the other one only turns its shield, up and again up."""
    brain, notes = SearchBrain(60_000, 200), ""
    for turn in range(turns):
        asked = situation(state, seed=seed + turn).model_copy(update={"notes": notes})
        decision = brain.decide(asked, Context())
        notes = decision.notes or ""
        after = rules.apply(state, decision.action)
        assert isinstance(after, State)
        waited = rules.apply(after, rules.Action(CommandType.SHIELD, UP))
        assert isinstance(waited, State)
        state = waited
        yield state


@pytest.mark.parametrize("seed", range(5))
def test_it_breaks_its_way_out_of_a_wall(seed: int) -> None:
    state = walled(empty(facing(6, 0, DOWN), facing(0, 6, UP)), r4c0=1, r4c1=1, r4c2=1, r5c2=1, r6c2=1)
    assert any(after.players[0].row < 4 or after.players[0].col > 2 for after in left_alone(state, 16, seed))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("turned", [False, True])
def test_it_leaves_a_pocket_by_a_side_where_the_weakest_block_is_one_that_it_cannot_hit(
    turned: bool, seed: int
) -> None:
    """A shot enters the cell ahead and goes to both sides: nobody breaks the block at the end of such a pocket."""
    cells = {(0, 2): 1, (1, 0): 2, (1, 1): 2}
    blocks = {f"r{col}c{row}" if turned else f"r{row}c{col}": strength for (row, col), strength in cells.items()}
    other = facing(6, 3, DOWN) if turned else facing(3, 6, RIGHT)
    state = walled(empty(facing(0, 0, UP), other), **blocks)
    assert any(max(after.players[0][:2]) > 1 for after in left_alone(state, 30, seed))


def test_a_note_of_its_own_makes_it_try_something_else_and_one_of_others_does_not_disturb_it() -> None:
    state = empty(facing(3, 1, UP), facing(3, 5, UP))
    brain, notes, seen = SearchBrain(60_000, 300), "", set()
    for _ in range(8):
        asked = situation(state).model_copy(update={"notes": notes})
        decision = brain.decide(asked, Context())
        seen.add(decision.action)
        notes = decision.notes or ""
    assert len(seen) > 1
    strange = situation(state).model_copy(update={"notes": "10,10:!?" + "x" * 600})
    assert brain.decide(strange, Context()).action == brain.decide(situation(state), Context()).action
