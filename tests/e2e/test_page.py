"""A person plays a whole game against three bots, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from cowboy.local.environment import base_url
from cowboy.settings import Settings

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


def test_a_person_plays_a_whole_game_against_three_bots(page: Page, system: Settings) -> None:
    page.goto(base_url(system.arena_bind))
    page.get_by_test_id("new-game").click()
    expect(page.get_by_test_id("board")).to_be_visible()
    expect(page).to_have_url(re.compile("gameId="))
    allowed, over = page.locator(COMMANDS), page.get_by_test_id("result")
    turns = 0
    while True:
        expect(allowed.or_(over).filter(visible=True).first).to_be_visible(timeout=PATIENCE_MS)
        if over.is_visible():
            break
        turn = page.get_by_test_id("turn-label").get_attribute("data-turn")
        allowed.nth(turns % allowed.count()).click()
        turns += 1
        expect(page.get_by_test_id("turn-label")).not_to_have_attribute("data-turn", str(turn), timeout=PATIENCE_MS)
    expect(over).to_contain_text("win")
    assert turns > 1
