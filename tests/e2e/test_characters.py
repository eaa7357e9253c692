"""Characters on a whole system, from game to game while workers are killed."""

from pathlib import Path

import pytest

from tests.season import play_season

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_a_short_season_leaves_nobody_in_two_games_and_counts_each_death_once(tmp_path: Path) -> None:
    told = play_season(tmp_path, 4, 12, kill_every_seconds=5)
    assert told.doubled == []
    assert told.statistics.total_deaths == told.deaths_on_topics > 0
    assert told.statistics.total_characters == told.statistics.living_characters + told.deaths_on_topics
    assert {one.generation for one in told.characters} >= {0, 1}
