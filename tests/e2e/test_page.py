"""A person plays a whole game against three bots, in a real browser."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from cowboy.local.environment import base_url
from cowboy.settings import Settings
from tests.prefix_proxy import under_a_path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

COMMANDS = ", ".join(
    f'[data-testid="{kind}-{direction}"]:not([aria-disabled="true"])'
    for kind in ("shoot", "move", "shield")
    for direction in ("up", "left", "down", "right")
)
PATIENCE_MS = 240_000
"""When the person is out early, the bots still play to the end among themselves."""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page. Whatever the console complains of fails the test."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        opened = context.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        opened.on("console", listen)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
    assert not complaints


def play(page: Page, url: str, most_turns: int | None = None) -> int:
    """Play a new game at this address, to its end or so many turns; how many that were."""
    page.goto(url)
    page.get_by_test_id("new-game").click()
    expect(page.get_by_test_id("board")).to_be_visible()
    expect(page).to_have_url(re.compile("gameId="))
    allowed, over = page.locator(COMMANDS), page.get_by_test_id("result")
    turns = 0
    while turns != most_turns:
        expect(allowed.or_(over).filter(visible=True).first).to_be_visible(timeout=PATIENCE_MS)
        if over.is_visible():
            break
        turn = page.get_by_test_id("turn-label").get_attribute("data-turn")
        allowed.nth(turns % allowed.count()).click()
        turns += 1
        expect(page.get_by_test_id("turn-label")).not_to_have_attribute("data-turn", str(turn), timeout=PATIENCE_MS)
    return turns


def test_a_person_plays_a_whole_game_against_three_bots(page: Page, system: Settings) -> None:
    assert play(page, base_url(system.arena_bind)) > 1
    expect(page.get_by_test_id("result")).to_contain_text("win")


def test_a_draw_is_said_beforehand_and_in_the_end(page: Page, system: Settings) -> None:
    page.goto(base_url(system.arena_bind))
    expect(page.get_by_test_id("limit")).to_contain_text("1000 turns")
    with httpx.Client(base_url=base_url(system.arena_bind), timeout=30) as arena:
        game_id = arena.post("/v2/games", json={"bot_players": ["A", "B"], "max_turns": 2}).json()["game_id"]
        arena.post(f"/v2/games/{game_id}/start")
    page.goto(f"{base_url(system.arena_bind)}/?gameId={game_id}")
    expect(page.get_by_test_id("result")).to_contain_text(re.compile("draw.*10 HP.*10 HP"), timeout=PATIENCE_MS)


@pytest.mark.parametrize("address", ["/", "/some/where"])
def test_a_person_plays_behind_a_reverse_proxy_under_a_path(page: Page, system: Settings, address: str) -> None:
    with under_a_path(system.arena_bind) as proxy:
        play(page, proxy.base_url + address, most_turns=3)
        assert any("/stream" in path for path in proxy.asked)
        assert all(path.startswith("/cowboy/") for path in proxy.asked)
