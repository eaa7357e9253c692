"""The fast look at who could hit whom agrees with the rules, everywhere."""

import pytest

from cowboy.brains.conformance import reachable
from cowboy.brains.sight import shots_at
from cowboy.game import rules
from cowboy.game.words import Direction


@pytest.mark.parametrize("seed", range(60))
def test_sight_is_what_trying_every_shot_by_the_rules_finds(seed: int) -> None:
    for state in reachable(seed):
        for shooter in state.alive:
            view = state._replace(current=shooter)
            for target in set(state.alive) - {shooter}:
                expected = {
                    direction
                    for direction in Direction
                    if rules.shot_refusal(view, direction) is None and target in rules.shot_hits(view, direction)
                }
                assert set(shots_at(state, state.standing, shooter, target)) == expected
