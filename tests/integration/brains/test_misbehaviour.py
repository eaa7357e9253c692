"""Many turns at once against each misbehaviour of a provider: as many legal commands, none of them late.

    COWBOY_TEST_TURNS=1000 .venv/bin/python -m pytest -s tests/integration/brains/test_misbehaviour.py

plays a thousand against each and prints what became of them.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from cowboy.brains.guard import decide_guarded
from cowboy.brains.llm.brain import LlmBrain
from cowboy.brains.search import SearchBrain
from cowboy.game import rules
from cowboy.game.words import Refusal
from cowboy.settings import Settings
from tests.integration.brains.models import write_profiles
from tests.integration.brains.test_llm import MODES, turn
from tests.provider import BEHAVIOURS, Provider, running_provider

pytestmark = pytest.mark.integration

TURNS = int(os.environ.get("COWBOY_TEST_TURNS", "10"))
THREADS = min(200, TURNS)

SECONDS, MARGIN_SECONDS = 3.0, 1.0
"""What a turn has for thinking, and for publishing after it: a busy machine with hundreds of turns in hand
needs some of it before it can say so."""


class Played(NamedTuple):
    outcome: str
    fallback: str | None
    legal: bool
    seconds: float


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture(scope="module")
def brain(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlmBrain]:
    file = write_profiles(
        provider, tmp_path_factory.mktemp("profiles") / "llm.yaml", **{mode.replace("_", "-"): mode for mode in MODES}
    )
    built = LlmBrain(Settings(llm_config_path=file, worker_threads=THREADS))
    for mode in MODES:
        built.prepare(mode.replace("_", "-"), turn().providers)
    yield built
    built.close()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_no_turn_is_lost_whatever_the_provider_does(provider: Provider, brain: LlmBrain, behaviour: str) -> None:
    provider.behave(behaviour)
    fallback = SearchBrain(budget_ms=20, budget_nodes=100)

    def play(number: int) -> Played:
        mode = MODES[number % len(MODES)].replace("_", "-")
        situation = turn(SECONDS, profile=mode, seed=number)
        began = time.monotonic()
        guarded = decide_guarded(brain, situation, fallback)
        seconds = time.monotonic() - began
        refused = rules.apply(situation.table.to_board(), guarded.decision.action)
        return Played(guarded.outcome, guarded.fallback, not isinstance(refused, Refusal), seconds)

    with ThreadPoolExecutor(THREADS) as pool:
        played = list(pool.map(play, range(TURNS)))

    late = sum(turn.seconds > SECONDS + MARGIN_SECONDS for turn in played)
    legal = sum(turn.legal for turn in played)
    outcomes = Counter(turn.outcome for turn in played)
    slowest = max(turn.seconds for turn in played)
    print(f"| {behaviour} | {len(played)} | {legal} | {late} | {slowest:.2f} s | {dict(outcomes)} |")  # noqa: T201
    assert (len(played), legal, late) == (TURNS, TURNS, 0)
