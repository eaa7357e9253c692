"""A whole system, and a real browser, for the tests that need them."""

import os
import shutil
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, sync_playwright

from cowboy.local.environment import local_settings
from cowboy.local.stack import running_stack
from cowboy.local.supervisor import Supervisor
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


class System(NamedTuple):
    """Everything that `cowboy up` starts: the settings it runs with, and what looks after it."""

    settings: Settings
    supervisor: Supervisor


@pytest.fixture(scope="session")
def whole_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system on free ports with bots that think little, for all tests that want nothing else."""
    wanted = Settings(home=tmp_path_factory.mktemp("system"), brain="greedy", search_budget_ms=5)
    settings = local_settings(wanted, free_ports=True)
    with running_stack(settings) as supervisor:
        yield System(settings, supervisor)


@pytest.fixture(scope="session")
def system(whole_system: System) -> Settings:
    """The settings that it runs with."""
    return whole_system.settings


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
