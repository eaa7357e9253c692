"""The brain that `docs/brains.md` shows is one."""

from typing import Any

from cowboy.brains.brain import Brain, Decision, Situation
from cowboy.brains.guard import Outcome, decide_guarded
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction
from tests.tables import table
from tests.unit.docs.pages import ROOT, blocks


def test_the_brain_on_the_page_decides_and_passes_the_guard() -> None:
    (shown,) = (block.content for block in blocks(ROOT / "docs/brains.md") if block.language == "python")
    names: dict[str, Any] = {
        kind.__name__: kind for kind in (Action, Brain, CommandType, Decision, Direction, Situation)
    }
    exec(shown, names)  # noqa: S102  # our own page

    guarded = decide_guarded(names["Duck"](), Situation(table("g1"), seconds_left=1))

    assert guarded.outcome == Outcome.OK
    assert guarded.decision.action == Action(CommandType.SHIELD, Direction.LEFT)
