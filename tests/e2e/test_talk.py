"""Bots have names and talk at a whole system's table, and a person with them, in a real browser and over a real
WebSocket."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect
from websockets.sync.client import connect

from cowboy.local.environment import base_url, local_settings
from cowboy.local.stack import running_stack
from cowboy.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Everything that `cowboy up` starts, with characters and a table for each game."""
    home = tmp_path_factory.mktemp("talk")
    settings = local_settings(
        Settings(home=home, search_budget_ms=20, talk="table", characters="inherit_on_death"), free_ports=True
    )
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


def test_a_person_talks_with_the_bots_at_the_page(browser: Browser, system: Settings) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(base_url(system.arena_bind))
        page.get_by_test_id("new-game").click()
        word = page.get_by_test_id("word")
        expect(word).to_be_visible(timeout=PATIENCE_MS)
        expect(word).to_contain_text(re.compile("the word"), timeout=PATIENCE_MS)
        page.get_by_test_id("talk-input").fill("Is anybody there?")
        page.get_by_test_id("talk-send").click()
        log = page.get_by_test_id("log")
        expect(log).to_contain_text("Is anybody there?", timeout=PATIENCE_MS)
        expect(log).to_contain_text(re.compile("Is anybody there\\?.*[BCD] says: ", re.DOTALL), timeout=PATIENCE_MS)


def test_a_remark_for_one_seat_is_told_to_no_viewer(system: Settings) -> None:
    with (
        httpx.Client(base_url=base_url(system.arena_bind), timeout=30) as arena,
        httpx.Client(base_url=base_url(system.bot_manager_bind), timeout=30) as manager,
    ):
        created = arena.post("/v2/games", json={}).json()
        game_id = created["game_id"]
        seats = [player["player_id"] for player in arena.get(f"/v2/games/{game_id}").json()["state"]["players"]]
        arena.post(f"/v2/games/{game_id}/start").raise_for_status()
        with connect(f"ws://{system.arena_bind}/v2/games/{game_id}/stream") as stream:
            for text, to in (("For your ears.", seats[1]), ("For all.", None)):
                said = manager.post(
                    f"/internal/v3/games/{game_id}/talk", json={"player_id": seats[0], "text": text, "to": to}
                )
                said.raise_for_status()
            heard = []
            while "For all." not in heard:
                heard.append(json.loads(stream.recv(timeout=60)).get("speak_text"))
        assert "For your ears." not in heard
