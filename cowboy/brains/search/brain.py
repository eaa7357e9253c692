"""The `search` brain, and the same one seeing less and looking less far ahead: the levels for people."""

import time
from random import Random
from typing import NamedTuple

from cowboy.brains.brain import Brain, Context, Decision, Situation
from cowboy.brains.experience import lore_of
from cowboy.brains.search.memory import Memory
from cowboy.brains.search.tree import Budget, Tree, guarded, worthwhile
from cowboy.brains.search.ways import Ways
from cowboy.brains.search.worth import Worth
from cowboy.game import quick
from cowboy.game.quick import ACTIONS, Geometry, Position, geometry

DEEPEST = 32
"""Moves of all players together that are looked ahead at most; the budget is spent long before."""


class Level(NamedTuple):
    """How well a brain plays: moves looked ahead; how far away it sees an enemy's line (rows and columns); whether it
    sees danger at all, or its own shots alone."""

    deepest: int = DEEPEST
    sight: int | None = None
    wary: bool = True

    def sees(self, on: Geometry, position: Position, move: int) -> bool:
        """False for a move that hurts a player farther away than `sight`."""
        if self.sight is None:
            return True
        hps, here = quick.apply(on, position, move).hps, position.places[position.actor]
        hurt = [
            place for place, before, after in zip(position.places, position.hps, hps, strict=True) if after < before
        ]
        return all(on.apart(here, place) <= self.sight for place in hurt)


LEVELS = {
    "search": Level(),
    "hard": Level(),
    "normal": Level(deepest=2),
    "easy": Level(deepest=1, sight=1, wary=False),
}
"""By the name of the brain. Weaker ones see less and look less far ahead; none makes a mistake by chance."""


class SearchBrain(Brain):
    """Iterative deepening within a budget of time, or of positions looked at.

    With a budget in positions the same situation and seed give the same move on every machine. Its notes are the
    positions since anybody was last hurt (`cowboy.brains.search.memory`).
    """

    name = "search"
    speaks = False
    wants_notes = True
    wants_experience = True

    def __init__(self, budget_ms: int, budget_nodes: int | None = None, name: str = "search") -> None:
        self.name = name
        self._level = LEVELS[name]
        self._budget_seconds = budget_ms / 1000
        self._budget_nodes = budget_nodes

    def decide(self, situation: Situation, context: Context) -> Decision:
        """The best action found. Figures: positions looked at, moves of all players looked ahead."""
        del context
        budget = self._budget(situation.seconds_left)
        state = situation.table.to_board()
        on, position = geometry(state.grid.rows, state.grid.cols), Position.of(state)
        memory = Memory.of(situation.notes, position)
        lore = lore_of(situation.experience, state.grid.cols)
        worth = Worth(Ways(on, guarded(memory)), position, lore, self._level.sight, self._level.wary)
        moves = [move for move in worthwhile(on, position, worth) if self._level.sees(on, position, move)]
        Random(situation.seed).shuffle(moves)  # noqa: S311  # equals are decided by chance, not by order
        best, depth = Tree(on, position, worth, memory, budget).best(moves, self._level.deepest)
        note = memory.with_position(quick.apply(on, position, best)).to_note()
        return Decision(ACTIONS[best], {"nodes": budget.spent, "depth": depth}, notes=note)

    def _budget(self, seconds_left: float) -> Budget:
        if self._budget_nodes is not None:
            return Budget(nodes=self._budget_nodes, deadline=time.monotonic() + seconds_left)
        return Budget(nodes=None, deadline=time.monotonic() + min(self._budget_seconds, seconds_left))
