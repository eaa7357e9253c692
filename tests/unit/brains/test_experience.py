"""What experience is worth to a brain that searches: bounded, and nothing without experience."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowboy.brains.brain import Context
from cowboy.brains.conformance import reachable
from cowboy.brains.experience import FEAR_LEAST, FEAR_MOST, GROUND_MOST, NOTHING, lore_of
from cowboy.brains.search import SearchBrain
from cowboy.game.experience import Cell, Experience, Habits
from cowboy.game.words import CommandType, Direction, PlayerName
from tests.unit.brains.situations import empty, facing, situation

UP, LEFT, DOWN, RIGHT = Direction


def habits(**counts: int) -> Habits:
    return Habits(seat=PlayerName.B, name="joss", counts=counts)


def test_without_experience_nothing_is_worth_anything() -> None:
    assert lore_of(None, 7) == lore_of(Experience(), 7) == NOTHING


def test_a_cell_where_more_was_lost_than_on_average_is_worth_less() -> None:
    cells = (Cell(row=1, col=2, turns=100, lost=30), Cell(row=3, col=4, turns=100), Cell(row=0, col=0, turns=1))
    ground = lore_of(Experience(cells=cells), 7).ground
    assert ground[9] < 0 < ground[25]
    assert 0 < ground[0] < ground[25], "a cell that is hardly known is as good as the average"


def test_a_player_that_lets_its_chances_go_by_is_feared_less() -> None:
    fear = lore_of(Experience(opponents=(habits(chances=200, taken=20),)), 7).fear
    assert FEAR_LEAST <= fear[1] < 1 == fear[0] == fear[2]


@pytest.mark.parametrize(("chances", "taken"), [(1_138, 235), (896, 237)])
def test_a_player_that_acts_as_search_does_is_feared_as_without_experience(chances: int, taken: int) -> None:
    """The counts are those of two of them in fifty games."""
    fear = lore_of(Experience(opponents=(habits(chances=chances, taken=taken),)), 7).fear
    assert fear[1] == pytest.approx(1, abs=0.2)


@given(
    st.lists(st.builds(Cell, row=st.integers(0, 6), col=st.integers(0, 6), turns=st.integers(0, 10**6),
                       lost=st.integers(0, 10**6)), max_size=9),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)  # fmt: skip
def test_whatever_is_known_the_weights_are_bounded(cells: list[Cell], chances: int, taken: int) -> None:
    lore = lore_of(Experience(cells=tuple(cells), opponents=(habits(chances=chances, taken=taken),)), 7)
    assert all(abs(worth) <= GROUND_MOST for worth in lore.ground.values())
    assert all(FEAR_LEAST <= factor <= FEAR_MOST for factor in lore.fear)


@pytest.mark.parametrize("seed", range(5))
def test_search_does_not_stay_where_it_was_always_hit_if_it_can_go_elsewhere(seed: int) -> None:
    state = empty(facing(3, 3, UP), facing(0, 0, UP))
    others = tuple(Cell(row=row, col=col, turns=50) for row in range(7) for col in range(7) if (row, col) != (3, 3))
    experience = Experience(cells=(Cell(row=3, col=3, turns=50, lost=50), *others))
    told = situation(state, seed=seed).model_copy(update={"experience": experience})
    action = SearchBrain(1000, 500).decide(told, Context()).action
    assert action.kind is CommandType.MOVE


def test_a_shot_that_wins_is_taken_from_the_worst_cell_there_is() -> None:
    state = empty(facing(3, 2, DOWN), facing(2, 5, UP, hp=1))
    experience = Experience(cells=(Cell(row=3, col=2, turns=9, lost=99), Cell(row=0, col=0, turns=99)))
    told = situation(state).model_copy(update={"experience": experience})
    assert SearchBrain(1000, 500).decide(told, Context()).action == (CommandType.SHOOT, UP, None)


def test_search_without_experience_plays_as_before_it_could_have_any() -> None:
    for state in reachable(2)[::20]:
        told = situation(state)
        with_nothing = told.model_copy(update={"experience": Experience()})
        brain = SearchBrain(60_000, 200)
        assert brain.decide(told, Context()).action == brain.decide(with_nothing, Context()).action
