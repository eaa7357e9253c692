"""Loads have as many turns as they need."""

import pytest

from cowboy.bench.load import MOST_TURNS, recorded_load
from cowboy.settings import Settings


@pytest.mark.parametrize(("games", "turns"), [(1, MOST_TURNS), (2, 20), (7, 20), (50, 200)])
def test_the_recordings_suffice_even_if_some_games_are_ahead(games: int, turns: int) -> None:
    load = recorded_load(Settings(), games=games, turns=turns, instances=("i1",))

    needed = load.warm_up_turns + load.turns
    assert len(load.recordings) == games
    assert all(len(recording.turns) >= min(needed, 2 * needed / games) for recording in load.recordings)


def test_every_game_plays_a_turn_before_turns_count() -> None:
    assert recorded_load(Settings(), games=50, turns=20, instances=("i1",)).warm_up_turns >= 50
