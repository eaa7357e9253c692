"""Games that wait for a person leave the system asleep. It comes first, while no other game is played there."""

import re
import time
from pathlib import Path

import httpx
import pytest

from cowboy.local.environment import base_url
from tests.e2e.conftest import System

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="this system does not tell how often threads wake"),
]

GAMES = 3
SETTLING_SECONDS = 10.0
MEASURED_SECONDS = 5.0
MOST_WAKES_A_SECOND = 130
"""Of arena, bridge and broker together. They are some 80 after ten seconds, some 60 later. They were 200 when
readers at rest were woken by their owners twenty times a second."""


def wakes(pid: int) -> int:
    """How often the threads of a process have gone to sleep."""
    found = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        found += int(re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text(), re.MULTILINE)[0])
    return found


def test_three_games_that_wait_for_a_person_hardly_wake_anybody(whole_system: System) -> None:
    with httpx.Client(base_url=base_url(whole_system.settings.game_manager_bind), timeout=60) as manager:
        for _ in range(GAMES):
            wanted = {"num_players": 4, "turn_timeout_seconds": 3600, "bot_players": ["B", "C", "D"]}
            game_id = manager.post("/v2/games", json=wanted).raise_for_status().json()["game_id"]
            manager.post(f"/v2/games/{game_id}/start", json={}).raise_for_status()
    time.sleep(SETTLING_SECONDS)  # a span that is measured from its end on, not a wait for something
    pids = [pid for name in ("arena", "bridge", "broker") if (pid := whole_system.supervisor.pid(name)) is not None]
    assert len(pids) == 3
    before, began = [wakes(pid) for pid in pids], time.monotonic()
    assert all(before)
    time.sleep(MEASURED_SECONDS)
    after, ended = [wakes(pid) for pid in pids], time.monotonic()
    rates = [(late - early) / (ended - began) for late, early in zip(after, before, strict=True)]
    assert sum(rates) < MOST_WAKES_A_SECOND, rates
