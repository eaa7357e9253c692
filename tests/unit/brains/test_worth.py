"""What hit points count in `search`, of ours and of others."""

import pytest

from cowboy.brains.search.ways import Ways
from cowboy.brains.search.worth import DEATH, Worth
from cowboy.game.board import new_state
from cowboy.game.maps import default_grid
from cowboy.game.quick import Position, geometry

STATE = new_state(default_grid(), 4)
POSITION = Position.of(STATE)
WORTH = Worth(Ways(geometry(STATE.grid.rows, STATE.grid.cols)), POSITION)


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
