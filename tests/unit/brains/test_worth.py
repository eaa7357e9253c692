"""What hit points count in `search`, of ours and of others."""

import pytest

from cowboy.brains.search.ways import NO_SHIELD, Ways
from cowboy.brains.search.worth import DEATH, Worth
from cowboy.game.board import new_state
from cowboy.game.maps import default_grid
from cowboy.game.quick import Position, geometry

STATE = new_state(default_grid(), 4)
POSITION = Position.of(STATE)
WAYS = Ways(geometry(STATE.grid.rows, STATE.grid.cols))
WORTH = Worth(WAYS, POSITION)
ONLY = Position.of(new_state(default_grid(), 2))
"""The same beginning with one enemy."""


def worth_of(*hps: int) -> float:
    """Of the beginning of a game of four in which they have so many; ours is the first."""
    return WORTH(POSITION._replace(hps=hps))


@pytest.mark.parametrize("weaker", range(1, 9))
def test_trading_shots_with_a_weaker_one_of_several_is_no_gain(weaker: int) -> None:
    assert worth_of(9, 10, weaker, 10) < worth_of(10, 10, weaker + 1, 10)


def test_of_several_a_hit_at_the_strongest_counts_most() -> None:
    assert worth_of(8, 9, 2, 5) > worth_of(8, 10, 1, 5)


def test_a_last_hit_point_is_worth_more_than_none_however_strong_another_is() -> None:
    assert worth_of(1, 10, 10, 10) > WORTH.of_dying(POSITION._replace(hps=(0, 10, 10, 10))) - DEATH


def test_what_is_taken_from_one_of_several_counts_less_than_from_the_only_enemy() -> None:
    worth_among_two = Worth(WAYS, ONLY)
    from_the_only = worth_among_two(ONLY._replace(hps=(10, 9))) - worth_among_two(ONLY._replace(hps=(10, 10)))
    from_one_of_several = worth_of(10, 9, 10, 10) - worth_of(10, 10, 10, 10)
    assert 0 < from_one_of_several < from_the_only


def test_an_enemy_that_comes_near_is_feared_more_among_several() -> None:
    here, there, *others = POSITION.places
    nearer = 49
    before, after = (WAYS.to_line(POSITION.cells, cell, here, NO_SHIELD) for cell in (there, nearer))
    assert 0 < after < before

    def fear(root: Position) -> float:
        """What it costs us that the same enemy stands nearer on the same board, if so many are alive in `root`."""
        worth = Worth(WAYS, root)
        return worth(POSITION) - worth(POSITION._replace(places=(here, nearer, *others)))

    assert fear(POSITION) > fear(POSITION._replace(places=(here, there, -1, -1)))
