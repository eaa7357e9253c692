"""The guard: whatever a brain does, what leaves is legal, and the outcome says how it came about."""

from collections.abc import Callable
from typing import Any

import pytest

from cowboy.brains.brain import Brain, Decision, Situation
from cowboy.brains.guard import Outcome, decide_guarded
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction
from tests.unit.brains.situations import empty, facing, situation

STATE = empty(facing(0, 3, Direction.LEFT), facing(6, 3, Direction.DOWN))
SAFE = Action(CommandType.SHIELD, Direction.LEFT)


class Scripted(Brain):
    name = "scripted"

    def __init__(self, answer: Callable[[], Any]) -> None:
        self._answer = answer

    def decide(self, situation: Situation) -> Decision:
        del situation
        return self._answer()  # type: ignore[no-any-return]


def outcome_of(answer: Any) -> tuple[Action, Outcome]:
    guarded = decide_guarded(Scripted(lambda: answer), situation(STATE))
    return guarded.decision.action, guarded.outcome


@pytest.mark.parametrize(
    "action",
    [
        Action(CommandType.MOVE, Direction.DOWN),
        Action(CommandType.SHIELD, Direction.UP),
        Action(CommandType.SPEAK, None, "Reach for the sky."),
    ],
)
def test_a_legal_decision_passes_as_it_is(action: Action) -> None:
    assert outcome_of(Decision(action)) == (action, Outcome.OK)


@pytest.mark.parametrize(
    "action",
    [
        Action(CommandType.MOVE, Direction.UP),
        Action(CommandType.SHOOT, Direction.LEFT),
        Action(CommandType.MOVE),
        Action(CommandType.SPEAK, None, "  "),
    ],
)
def test_what_the_rules_refuse_becomes_the_safe_default(action: Action) -> None:
    assert outcome_of(Decision(action)) == (SAFE, Outcome.ILLEGAL)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "move up",
        Decision(None),  # type: ignore[arg-type]
        Decision(Action("move", "down")),  # type: ignore[arg-type]
        Decision(Action(CommandType.TIMEOUT)),
        Decision(Action(CommandType.GAME_STARTED)),
        Decision(Action(CommandType.SPEAK, None, 7)),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_decision_of_a_player_becomes_the_safe_default(answer: Any) -> None:
    assert outcome_of(answer) == (SAFE, Outcome.UNUSABLE)


def test_a_brain_that_raises_costs_no_turn() -> None:
    def fail() -> None:
        raise ZeroDivisionError("oh")

    guarded = decide_guarded(Scripted(fail), situation(STATE))
    assert (guarded.decision.action, guarded.outcome) == (SAFE, Outcome.ERROR)
