"""Characters on a whole system: at the page, and from game to game while workers are killed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from cowboy.local.environment import base_url, local_settings
from cowboy.local.stack import running_stack
from cowboy.settings import Settings
from tests.season import play_season

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

PATIENCE_MS = 120_000


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Settings]:
    """Everything that `cowboy up` starts, with characters."""
    wanted = Settings(home=tmp_path, search_budget_ms=20, characters="inherit_on_death")
    settings = local_settings(wanted, free_ports=True)
    with running_stack(settings):
        yield settings


def test_the_page_says_who_the_bots_are(browser: Browser, system: Settings) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(base_url(system.arena_bind))
        page.get_by_test_id("new-game").click()
        for seat in "BCD":
            expect(page.get_by_test_id(f"player-{seat}")).to_contain_text(re.compile(r"[A-Z]\w+ on [A-Z]"))
        expect(page.get_by_test_id("player-A")).not_to_contain_text(" on ")


def test_a_short_season_leaves_nobody_in_two_games_and_counts_each_death_once(tmp_path: Path) -> None:
    told = play_season(tmp_path, 6, 12, kill_every_seconds=5)
    assert told.doubled == []
    assert told.statistics.total_deaths == told.deaths_on_topics > 0
    assert told.statistics.total_characters == told.statistics.living_characters + told.deaths_on_topics
    assert {one.generation for one in told.characters} >= {0, 1}
