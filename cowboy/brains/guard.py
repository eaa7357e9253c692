"""The guard around every brain: it returns a legal decision, whatever the brain does.

    the brain ── no good ──► the brain again, told why ── no good ──► the fallback ── no good ──► the safe default

The brain is asked again only if it uses feedback (`Brain.takes_feedback`) and as much time is left as its first try
took.
"""

import time
from collections import deque
from dataclasses import dataclass, replace
from typing import NamedTuple

import structlog

from cowboy.brains.brain import Brain, Context, Decision, Situation
from cowboy.brains.exchange import Exchange
from cowboy.brains.safe import SAFE, safe_action
from cowboy.brains.speech import speech_fault
from cowboy.errors import BudgetSpent, ModelError, ProviderError, ProviderTimeout
from cowboy.errors.cause import place_of
from cowboy.game import rules
from cowboy.game.outcomes import Outcome
from cowboy.game.rules import Action
from cowboy.game.words import RESERVED, CommandType, Direction, Refusal

log = structlog.get_logger(__name__)

FALLBACK_SECONDS = 0.25
"""Kept back for a fallback that has to think, or a tenth of the time if that is less."""

REASON_CHARACTERS = 250
"""Of why a decision was not taken, where a provider's words are in it."""

EXCHANGES_KEPT = 3
"""The last ones of a try; a brain asks a model once, or a few times at most."""


ALONE = Context()
"""For a brain that is asked without a worker around it."""


@dataclass(frozen=True, slots=True)
class Try:
    """One request to a brain. `reason` is why its decision was not taken, None if it was."""

    brain: str
    outcome: Outcome
    reason: str | None
    ms: float
    exchanges: tuple[Exchange, ...] = ()


class Guarded(NamedTuple):
    """A decision that may be published, and how it was made. `fallback` is the brain that decided instead.

    `tries` are all that were made, the fallback's among them, in order.
    """

    decision: Decision
    outcome: Outcome
    fallback: str | None = None
    tries: tuple[Try, ...] = ()


class _Failure(NamedTuple):
    outcome: Outcome
    reason: str
    """For the log, and for the brain as feedback."""
    may_pass: bool = True
    """Whether another try makes sense."""
    account: str | None = None
    """The reason for the record, with words that others wrote; None if it is the same."""


def decide_guarded(
    brain: Brain, situation: Situation, fallback: Brain | None = None, context: Context = ALONE
) -> Guarded:
    """A legal decision: the brain's, else the fallback's, else the safe default. Never raises for what a brain does."""
    began = time.monotonic()
    reserve = min(FALLBACK_SECONDS, situation.seconds_left / 10) if fallback is not None else 0.0
    deadline = began + situation.seconds_left - reserve
    tries: list[Try] = []

    tried = _try(brain, situation.model_copy(update={"seconds_left": deadline - began}), context, tries)
    if isinstance(tried, Decision):
        return Guarded(tried, Outcome.OK, None, tuple(tries))
    left = deadline - time.monotonic()
    if brain.takes_feedback and tried.may_pass and left > time.monotonic() - began:
        log.info("brain_asked_again", brain=brain.name, outcome=tried.outcome, reason=tried.reason)
        again = situation.model_copy(update={"seconds_left": left, "feedback": tried.reason})
        tried = _try(brain, again, context, tries)
        if isinstance(tried, Decision):
            return Guarded(tried, Outcome.REPAIRED, None, tuple(tries))
    log.warning("brain_failed", brain=brain.name, outcome=tried.outcome, reason=tried.reason)
    if fallback is not None:
        left = began + situation.seconds_left - time.monotonic()
        instead = _try(fallback, situation.model_copy(update={"seconds_left": left}), context, tries)
        if isinstance(instead, Decision):
            # Notes are the brain's own: another one's would take their place.
            return Guarded(replace(instead, notes=None), tried.outcome, fallback.name, tuple(tries))
        log.warning("fallback_failed", brain=fallback.name, outcome=instead.outcome, reason=instead.reason)
    return Guarded(Decision(safe_action(situation.table.to_board())), tried.outcome, SAFE, tuple(tries))


def _try(brain: Brain, situation: Situation, context: Context, tries: list[Try]) -> Decision | _Failure:
    """The brain's decision. The try is added to `tries`."""
    exchanges: deque[Exchange] = deque(maxlen=EXCHANGES_KEPT)
    began = time.monotonic()
    tried = _ask(brain, situation, replace(context, report=exchanges.append))
    ms = (time.monotonic() - began) * 1000
    outcome, reason = Outcome.OK, None
    if isinstance(tried, _Failure):
        outcome, reason = tried.outcome, tried.account or tried.reason
    tries.append(Try(brain.name, outcome, reason, ms, tuple(exchanges)))
    return tried


def _ask(brain: Brain, situation: Situation, context: Context) -> Decision | _Failure:
    try:
        decision = brain.decide(situation, context)
        fault = _fault(brain, situation, context, decision)
    except BudgetSpent as error:
        return _Failure(Outcome.BUDGET, str(error)[:200], may_pass=False)
    except ModelError as error:
        return _Failure(Outcome.UNPARSABLE, str(error)[:200])
    except ProviderTimeout as error:
        return _Failure(Outcome.TIMEOUT, str(error)[:200], may_pass=False)
    except ProviderError as error:
        return _Failure(Outcome.PROVIDER_ERROR, str(error)[:200], error.passing, error.account[:REASON_CHARACTERS])
    except Exception as error:  # noqa: BLE001  # a brain may be anybody's; its bug must not cost the turn
        return _Failure(Outcome.ERROR, place_of(error)[:200], may_pass=False)
    return decision if fault is None else fault


def _fault(brain: Brain, situation: Situation, context: Context, decision: object) -> _Failure | None:
    """What is wrong with a decision, or None. Raises what the brain raises when it is asked for its secrets."""
    if not isinstance(decision, Decision) or not is_well_formed(decision.action):
        return _Failure(Outcome.UNPARSABLE, f"a {type(decision).__name__} is no decision")
    action = decision.action
    refusal = rules.apply(situation.table.to_board(), action)
    if isinstance(refusal, Refusal):
        return _Failure(Outcome.ILLEGAL, f"{action.kind} {action.direction or ''} is illegal: {refusal}")
    if action.text and (reason := objection_to_speech(brain, situation, context, action.text)):
        return _Failure(Outcome.ILLEGAL, f"{action.kind} is refused: {reason}")
    return None


def objection_to_speech(brain: Brain, situation: Situation, context: Context, text: str) -> str | None:
    """Why the brain's bot must not say this now, or None. Quotes nothing of it."""
    if not (brain.speaks and situation.may_speak):
        return "this bot does not speak now; act"
    ids = (situation.table.game_id, *(player.player_id for player in situation.table.state.players))
    return speech_fault(text, brain.secrets(situation, context), ids)


def is_well_formed(action: object) -> bool:
    """Whether it is an action at all, of a kind that a bot may choose."""
    return (
        isinstance(action, Action)
        and isinstance(action.kind, CommandType)
        and action.kind not in RESERVED
        and isinstance(action.direction, Direction | None)
        and isinstance(action.text, str | None)
    )
