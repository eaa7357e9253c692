"""What `docs/brains.md` shows and promises is so: its brain, its entry point, its list of checks."""

import re
import tomllib
from typing import Any

from cowboy.brains.brain import Brain, Context, Decision, Situation
from cowboy.brains.conformance import CHECKS
from cowboy.brains.guard import decide_guarded
from cowboy.game.outcomes import Outcome
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction
from tests.tables import table
from tests.unit.docs.pages import ROOT, blocks, text_of

PAGE = ROOT / "docs/brains.md"


def test_the_brain_on_the_page_decides_and_passes_the_guard() -> None:
    (shown,) = (block.content for block in blocks(PAGE) if block.language == "python")
    names: dict[str, Any] = {
        kind.__name__: kind for kind in (Action, Brain, CommandType, Context, Decision, Direction, Situation)
    }
    exec(shown, names)  # noqa: S102  # our own page

    guarded = decide_guarded(names["Duck"](), Situation(table=table("g1"), seconds_left=60))

    assert guarded.outcome == Outcome.OK
    assert guarded.decision.action == Action(CommandType.SHIELD, Direction.LEFT)


def test_the_entry_point_on_the_page_is_that_of_the_example() -> None:
    (shown,) = (block.content for block in blocks(PAGE) if block.language == "toml")
    example = tomllib.loads((ROOT / "examples/own_brain/pyproject.toml").read_text(encoding="utf-8"))
    assert tomllib.loads(shown)["project"]["entry-points"] == example["project"]["entry-points"]


def test_the_checks_on_the_page_are_those_of_the_suite_in_its_order() -> None:
    assert re.findall(
        r"^\| `(\w+)` \| .*\|$", text_of(PAGE).partition("### 3.")[2].partition("### 4.")[0], re.MULTILINE
    ) == [check.__name__ for check in CHECKS]
