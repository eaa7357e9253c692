"""The sparring partners of `examples/sparring`: brains as any, and beaten by `search`."""

import importlib.util
import sys
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from cowboy.brains.brain import Brain
from cowboy.brains.conformance import CHECKS, Trial
from cowboy.brains.search import SearchBrain
from cowboy.game import quick
from cowboy.game.board import Player, State, new_state
from cowboy.game.maps import default_grid, generate_grid
from cowboy.game.words import Direction
from cowboy.settings import Settings
from tests.unit.brains.situations import winner_of_a_duel

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
    assert winner_of_a_duel(new_state(default_grid(), 2), brains, 600) == 1


@pytest.mark.parametrize(("seed", "seat"), [(20004, 0), (20009, 0)])
def test_search_hits_from_two_sides_a_partner_that_always_turns_its_shield_to_it(
    sparring: ModuleType, seed: int, seat: int
) -> None:
    """On the first of these maps it has to break two blocks to get to such a cell."""
    waiter, search = partner(sparring, "waiter"), SearchBrain(60_000, 300)
    state = new_state(generate_grid(Random(seed), 2), 2)
    assert winner_of_a_duel(state, (waiter, search) if seat else (search, waiter), 400) == seat


def test_between_two_a_hider_is_hit_only_by_a_player_whom_it_has_just_hit(sparring: ModuleType) -> None:
    """So it dies only after its enemy: no brain can beat it, and a game of two that know this is a draw."""
    hider, random, threatened = sparring.Hider(), Random(0), 0
    for _ in range(1500):
        grid = generate_grid(random, 0, random.randint(3, 6), random.randint(3, 6))
        free = [cell for cell, strength in enumerate(grid.cells) if not strength]
        players = tuple(
            Player(*divmod(cell, grid.cols), random.choice(list(Direction))) for cell in random.sample(free, 2)
        )
        on, before = quick.geometry(grid.rows, grid.cols), quick.Position.of(State(grid, players))
        threatened += quick.can_hit(on, before, before.full, 1, 0)
        after = quick.apply(on, before, hider.choose(on, before, random))
        assert after.hps[1] < before.hps[1] or not quick.can_hit(on, after, after.full, 1, 0)
    assert threatened > 100
