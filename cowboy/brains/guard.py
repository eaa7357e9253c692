"""The guard around every brain: what leaves it is legal, whatever the brain did."""

from enum import StrEnum
from typing import NamedTuple

import structlog

from cowboy.brains.brain import Brain, Decision, Situation
from cowboy.brains.safe import safe_action
from cowboy.game import rules
from cowboy.game.rules import Action
from cowboy.game.words import RESERVED, CommandType, Direction, Refusal

log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """How a decision came about. Everything but `OK` means that the safe default was played."""

    OK = "ok"
    ILLEGAL = "illegal"
    """The brain chose what the rules refuse."""
    UNUSABLE = "unusable"
    """The brain answered with something that is no decision."""
    ERROR = "error"
    """The brain raised."""


class Guarded(NamedTuple):
    """A decision that may be published, and how it came about."""

    decision: Decision
    outcome: Outcome


def decide_guarded(brain: Brain, situation: Situation) -> Guarded:
    """The brain's decision if it is legal, else the safe default. Never raises for what a brain does."""
    try:
        decision = brain.decide(situation)
    except Exception as error:  # noqa: BLE001  # a brain may be anybody's; its bug must not cost the turn
        return _fall_back(brain, situation, Outcome.ERROR, f"{type(error).__name__}: {error}")
    if not isinstance(decision, Decision) or not is_well_formed(decision.action):
        return _fall_back(brain, situation, Outcome.UNUSABLE, f"a {type(decision).__name__} is no decision")
    refusal = rules.apply(situation.table.to_board(), decision.action)
    if isinstance(refusal, Refusal):
        return _fall_back(brain, situation, Outcome.ILLEGAL, refusal)
    return Guarded(decision, Outcome.OK)


def is_well_formed(action: object) -> bool:
    """Whether it is an action at all, of a kind that a bot may choose."""
    return (
        isinstance(action, Action)
        and isinstance(action.kind, CommandType)
        and action.kind not in RESERVED
        and isinstance(action.direction, Direction | None)
        and isinstance(action.text, str | None)
    )


def _fall_back(brain: Brain, situation: Situation, outcome: Outcome, reason: str) -> Guarded:
    log.warning("brain_failed", brain=brain.name, outcome=outcome, reason=reason[:200])
    return Guarded(Decision(safe_action(situation.table.to_board())), outcome)
