"""The sparring partners of `examples/sparring`: brains as any, and beaten by `search`."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cowboy.brains.brain import Brain, Context
from cowboy.brains.conformance import CHECKS, Trial
from cowboy.brains.search import SearchBrain
from cowboy.game import rules
from cowboy.game.board import State, new_state
from cowboy.game.maps import default_grid
from cowboy.settings import Settings
from tests.unit.brains.situations import situation

SOURCE = Path(__file__).parents[3] / "examples" / "sparring" / "sparring.py"
NAMES = ("trader", "hider", "hunter", "waiter")


@pytest.fixture(scope="module")
def sparring() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sparring", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["sparring"] = module
    spec.loader.exec_module(module)
    return module


def partner(sparring: ModuleType, name: str) -> Brain:
    brain: Brain = getattr(sparring, name)(Settings())
    return brain


@pytest.mark.parametrize("name", NAMES)
def test_a_partner_keeps_the_contract(sparring: ModuleType, name: str) -> None:
    for check in CHECKS:
        check(Trial(lambda: partner(sparring, name), games=4))


@pytest.mark.parametrize("name", ["trader", "hunter"])
def test_search_beats_a_partner_that_fights(sparring: ModuleType, name: str) -> None:
    brains = (partner(sparring, name), SearchBrain(60_000, 200))
    state, notes = new_state(default_grid(), 2), ["", ""]
    while state.winner is None and state.turn_no < 600:
        asked = situation(state, seed=state.turn_no).model_copy(update={"notes": notes[state.current]})
        decision = brains[state.current].decide(asked, Context())
        notes[state.current] = decision.notes or ""
        after = rules.apply(state, decision.action)
        assert isinstance(after, State)
        state = after
    assert state.winner == 1
