"""The guard around every brain: what leaves it is legal, whatever the brain did.

    the brain ── no good ──► the brain again, told why ── no good ──► the fallback ── no good ──► the safe default

It is asked again only if it can make use of that (`Brain.takes_feedback`) and there is as much time left as its first
try took.
"""

import time
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

import structlog

from cowboy.brains.brain import Brain, Decision, Situation
from cowboy.brains.safe import SAFE, safe_action
from cowboy.errors import BudgetSpent, ModelError, ProviderError, ProviderTimeout
from cowboy.game import rules
from cowboy.game.rules import Action
from cowboy.game.words import RESERVED, CommandType, Direction, Refusal

log = structlog.get_logger(__name__)

FALLBACK_SECONDS = 0.25
"""Kept back for a fallback that has to think, or a tenth of the time if that is less."""


class Outcome(StrEnum):
    """How a decision came about. After all but the first two, another one was played instead of the brain's."""

    OK = "ok"
    REPAIRED = "repaired"
    """The brain's second try, after it was told what was wrong with the first."""
    ILLEGAL = "illegal"
    """The brain chose what the rules refuse."""
    UNPARSABLE = "unparsable"
    """What the brain, or the model behind it, answered is no decision."""
    TIMEOUT = "timeout"
    """The model behind the brain did not answer in time."""
    PROVIDER_ERROR = "provider_error"
    """Whoever serves the model could not be asked, or refused."""
    BUDGET = "budget"
    """What asking the model behind the brain may cost has been spent."""
    ERROR = "error"
    """The brain raised something else: it, or its configuration, is wrong."""


class Guarded(NamedTuple):
    """A decision that may be published, and how it came about. `fallback` is what decided instead of the brain."""

    decision: Decision
    outcome: Outcome
    fallback: str | None = None


class _Failure(NamedTuple):
    outcome: Outcome
    reason: str
    """For the log, and for the brain as feedback."""
    may_pass: bool = True
    """Whether another try makes sense."""


def decide_guarded(brain: Brain, situation: Situation, fallback: Brain | None = None) -> Guarded:
    """A legal decision: the brain's, else the fallback's, else the safe default. Never raises for what a brain does."""
    began = time.monotonic()
    reserve = min(FALLBACK_SECONDS, situation.seconds_left / 10) if fallback is not None else 0.0
    deadline = began + situation.seconds_left - reserve

    tried = _try(brain, replace(situation, seconds_left=deadline - began))
    if isinstance(tried, Decision):
        return Guarded(tried, Outcome.OK)
    left = deadline - time.monotonic()
    if brain.takes_feedback and tried.may_pass and left > time.monotonic() - began:
        log.info("brain_asked_again", brain=brain.name, outcome=tried.outcome, reason=tried.reason)
        tried = _try(brain, replace(situation, seconds_left=left, feedback=tried.reason))
        if isinstance(tried, Decision):
            return Guarded(tried, Outcome.REPAIRED)
    log.warning("brain_failed", brain=brain.name, outcome=tried.outcome, reason=tried.reason)
    if fallback is not None:
        instead = _try(fallback, replace(situation, seconds_left=began + situation.seconds_left - time.monotonic()))
        if isinstance(instead, Decision):
            return Guarded(instead, tried.outcome, fallback.name)
        log.warning("fallback_failed", brain=fallback.name, outcome=instead.outcome, reason=instead.reason)
    return Guarded(Decision(safe_action(situation.table.to_board())), tried.outcome, SAFE)


def _try(brain: Brain, situation: Situation) -> Decision | _Failure:
    try:
        decision = brain.decide(situation)
    except BudgetSpent as error:
        return _Failure(Outcome.BUDGET, str(error)[:200], may_pass=False)
    except ModelError as error:
        return _Failure(Outcome.UNPARSABLE, str(error)[:200])
    except ProviderTimeout as error:
        return _Failure(Outcome.TIMEOUT, str(error)[:200], may_pass=False)
    except ProviderError as error:
        return _Failure(Outcome.PROVIDER_ERROR, str(error)[:200], error.passing)
    except Exception as error:  # noqa: BLE001  # a brain may be anybody's; its bug must not cost the turn
        return _Failure(Outcome.ERROR, f"{type(error).__name__}: {error}"[:200], may_pass=False)
    if not isinstance(decision, Decision) or not is_well_formed(decision.action):
        return _Failure(Outcome.UNPARSABLE, f"a {type(decision).__name__} is no decision")
    refusal = rules.apply(situation.table.to_board(), decision.action)
    if isinstance(refusal, Refusal):
        action = decision.action
        return _Failure(Outcome.ILLEGAL, f"{action.kind} {action.direction or ''} is illegal: {refusal}")
    return decision


def is_well_formed(action: object) -> bool:
    """Whether it is an action at all, of a kind that a bot may choose."""
    return (
        isinstance(action, Action)
        and isinstance(action.kind, CommandType)
        and action.kind not in RESERVED
        and isinstance(action.direction, Direction | None)
        and isinstance(action.text, str | None)
    )
