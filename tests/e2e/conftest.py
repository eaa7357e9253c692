"""A whole system, and a real browser, for the tests that need them."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from cowboy.local.environment import local_settings
from cowboy.local.stack import running_stack
from cowboy.settings import Settings

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Without these a Chromium on a closed network spends its time on connections that are refused.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Everything that `cowboy up` starts, on free ports, with bots that think little: the settings it runs with."""
    home = tmp_path_factory.mktemp("system")
    settings = local_settings(Settings(home=home, brain="greedy"), free_ports=True)
    with running_stack(settings):
        yield settings


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium. A machine without one skips the page's tests; CI fails.

    Not for the whole session: Playwright keeps an event loop running in this thread, where other tests run theirs.
    """
    program = os.environ.get("COWBOY_TEST_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        complaint = "no Chromium found: install one, or name it in COWBOY_TEST_BROWSER"
        if os.environ.get("CI"):
            pytest.fail(complaint)
        pytest.skip(complaint)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield chromium
        chromium.close()
