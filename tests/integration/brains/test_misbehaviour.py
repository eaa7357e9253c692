"""Many turns at once against each misbehaviour of a provider: as many legal commands, none of them late.

    COWBOY_TEST_TURNS=1000 .venv/bin/python -m pytest -s tests/integration/brains/test_misbehaviour.py

plays a thousand against each and prints what became of them.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from cowboy.brains.brain import Context
from cowboy.brains.greedy import GreedyBrain
from cowboy.brains.guard import decide_guarded
from cowboy.brains.llm.brain import LlmBrain
from cowboy.game import rules
from cowboy.game.words import Refusal
from cowboy.local.ports import free_binds
from cowboy.settings import Settings
from tests.integration.brains.test_llm import MODES, turn
from tests.provider import BEHAVIOURS

pytestmark = pytest.mark.integration

TURNS = int(os.environ.get("COWBOY_TEST_TURNS", "10"))
SLOW = {"slow", "trickle", "trickle_head"}
THREADS, SLOW_THREADS = 32, 100
"""As many turns at once as a worker holds by default; more of those that only wait."""

PROFILES = {mode: mode.replace("_", "-") for mode in MODES}

SECONDS, MARGIN_SECONDS = 3.0, 5.0
"""What a turn has for thinking, and how much later a busy machine with hundreds of turns in hand may say so. Which
of them was the slowest is printed; a provider that is slow would take a minute."""


class Played(NamedTuple):
    outcome: str
    fallback: str | None
    legal: bool
    seconds: float


@pytest.fixture
def base_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A provider that behaves as the test is told, in a process of its own, as by hand."""
    port = free_binds(1)[0].port
    command = [sys.executable, "-m", "tests.provider", "--port", str(port), "--behaviour", request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"answering at")
        yield f"http://127.0.0.1:{port}/v1"
        process.kill()


@pytest.fixture
def brain(base_url: str, tmp_path: Path) -> Iterator[LlmBrain]:
    file = tmp_path / "llm.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "profiles": {
                    PROFILES[mode]: {"base_url": base_url, "model": "saloon-7b", "output_mode": mode} for mode in MODES
                }
            }
        )
    )
    built = LlmBrain(Settings(llm_config_path=file, worker_threads=SLOW_THREADS))
    for profile in PROFILES.values():
        built.prepare(profile, Context())
    yield built
    built.close()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("base_url", "behaviour"), [(name, name) for name in BEHAVIOURS], indirect=["base_url"])
def test_no_turn_is_lost_whatever_the_provider_does(brain: LlmBrain, behaviour: str) -> None:
    fallback = GreedyBrain()

    def play(number: int) -> Played:
        situation = turn(SECONDS, profile=PROFILES[MODES[number % len(MODES)]], seed=number)
        began = time.monotonic()
        guarded = decide_guarded(brain, situation, fallback)
        seconds = time.monotonic() - began
        refused = rules.apply(situation.table.to_board(), guarded.decision.action)
        return Played(guarded.outcome, guarded.fallback, not isinstance(refused, Refusal), seconds)

    with ThreadPoolExecutor(SLOW_THREADS if behaviour in SLOW else THREADS) as pool:
        played = list(pool.map(play, range(TURNS)))

    late = sum(turn.seconds > SECONDS + MARGIN_SECONDS for turn in played)
    legal = sum(turn.legal for turn in played)
    outcomes = Counter(turn.outcome for turn in played)
    slowest = max(turn.seconds for turn in played)
    print(f"| {behaviour} | {len(played)} | {legal} | {late} | {slowest:.2f} s | {dict(outcomes)} |")  # noqa: T201
    assert (len(played), legal, late) == (TURNS, TURNS, 0)
