"""The guard: whatever a brain does, what leaves is legal, and the outcome says how it came about."""

from collections.abc import Callable
from typing import Any

import pytest

from cowboy.brains.brain import Brain, Context, Decision, Situation
from cowboy.brains.exchange import Exchange
from cowboy.brains.guard import EXCHANGES_KEPT, FALLBACK_SECONDS, decide_guarded
from cowboy.errors import BadSetting, BudgetSpent, ModelError, ProviderError, ProviderTimeout
from cowboy.game.outcomes import Outcome
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction
from tests.unit.brains.situations import empty, facing, situation

STATE = empty(facing(0, 3, Direction.LEFT), facing(6, 3, Direction.DOWN))
SAFE = Action(CommandType.SHIELD, Direction.LEFT)


class Scripted(Brain):
    name = "scripted"

    def __init__(self, answer: Callable[[], Any]) -> None:
        self._answer = answer

    def decide(self, situation: Situation, context: Context) -> Decision:
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
    assert outcome_of(answer) == (SAFE, Outcome.UNPARSABLE)


def test_a_brain_that_raises_costs_no_turn() -> None:
    def fail() -> None:
        raise ZeroDivisionError("oh")

    guarded = decide_guarded(Scripted(fail), situation(STATE))
    assert (guarded.decision.action, guarded.outcome) == (SAFE, Outcome.ERROR)


def test_a_budget_that_is_spent_is_an_outcome_of_its_own() -> None:
    def spent() -> None:
        raise BudgetSpent("of the day")

    assert decide_guarded(Scripted(spent), situation(STATE)).outcome == Outcome.BUDGET


# -- second tries and fallbacks --------------------------------------------------------------------------------------

GOOD = Decision(Action(CommandType.MOVE, Direction.DOWN))
ILLEGAL = Decision(Action(CommandType.SHOOT, Direction.LEFT))


class Pupil(Brain):
    """Answers one after the other, and keeps what it was asked."""

    name = "pupil"
    takes_feedback = True

    def __init__(self, *answers: Decision | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[Situation] = []

    def decide(self, situation: Situation, context: Context) -> Decision:
        self.asked.append(situation)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ModelError("what?"), Outcome.UNPARSABLE),
        (ProviderTimeout("too slow"), Outcome.TIMEOUT),
        (ProviderError("it answered 429"), Outcome.PROVIDER_ERROR),
        (BadSetting("no key"), Outcome.ERROR),
    ],
)
def test_every_way_to_fail_has_its_own_outcome(error: Exception, outcome: Outcome) -> None:
    guarded = decide_guarded(Pupil(error, error), situation(STATE))
    assert (guarded.decision.action, guarded.outcome, guarded.fallback) == (SAFE, outcome, "safe")


@pytest.mark.parametrize(
    ("first", "feedback"),
    [
        (ILLEGAL, "shoot left is illegal: CANNOT_SHOOT_THROUGH_OWN_SHIELD"),
        (ModelError("speak needs a text"), "speak needs a text"),
        (ProviderError("it answered 500", passing=True), "it answered 500"),
    ],
)
def test_a_brain_that_takes_feedback_is_asked_once_more_and_told_why(
    first: Decision | Exception, feedback: str
) -> None:
    pupil = Pupil(first, GOOD)
    assert decide_guarded(pupil, situation(STATE))[:3] == (GOOD, Outcome.REPAIRED, None)
    assert [asked.feedback for asked in pupil.asked] == [None, feedback]
    assert pupil.asked[1].seconds_left < pupil.asked[0].seconds_left


def test_nobody_is_asked_three_times() -> None:
    pupil = Pupil(ILLEGAL, ModelError("what?"), GOOD)
    guarded = decide_guarded(pupil, situation(STATE))
    assert (guarded.outcome, len(pupil.asked)) == (Outcome.UNPARSABLE, 2)


@pytest.mark.parametrize("error", [ProviderTimeout("too slow"), ProviderError("429"), ZeroDivisionError()])
def test_nobody_is_asked_again_where_that_cannot_help(error: Exception) -> None:
    pupil = Pupil(error, GOOD)
    decide_guarded(pupil, situation(STATE))
    assert len(pupil.asked) == 1


def test_nobody_is_asked_again_without_time() -> None:
    pupil = Pupil(ILLEGAL, GOOD)
    assert decide_guarded(pupil, situation(STATE, seconds=0)).outcome == Outcome.ILLEGAL
    assert len(pupil.asked) == 1


def test_a_brain_that_takes_no_feedback_is_never_asked_again() -> None:
    answers = iter([ILLEGAL, GOOD])
    assert decide_guarded(Scripted(lambda: next(answers)), situation(STATE)).outcome == Outcome.ILLEGAL


def test_the_fallback_decides_where_the_brain_does_not() -> None:
    guarded = decide_guarded(Pupil(ZeroDivisionError()), situation(STATE), Scripted(lambda: GOOD))
    assert guarded[:3] == (GOOD, Outcome.ERROR, "scripted")


def test_a_fallback_that_fails_too_leaves_the_safe_default() -> None:
    guarded = decide_guarded(Pupil(ZeroDivisionError()), situation(STATE), Scripted(lambda: ILLEGAL))
    assert (guarded.decision.action, guarded.outcome, guarded.fallback) == (SAFE, Outcome.ERROR, "safe")


def test_time_is_kept_back_for_a_fallback_only() -> None:
    alone, with_another = Pupil(GOOD), Pupil(GOOD)
    decide_guarded(alone, situation(STATE, seconds=5))
    decide_guarded(with_another, situation(STATE, seconds=5), Scripted(lambda: GOOD))
    assert alone.asked[0].seconds_left == pytest.approx(5)
    assert with_another.asked[0].seconds_left == pytest.approx(5 - FALLBACK_SECONDS)


# -- what is told of it ----------------------------------------------------------------------------------------------


class Talker(Brain):
    """Reports as many questions as there are words in what it is to say, then raises or decides."""

    name = "talker"
    takes_feedback = True

    def __init__(self, *says: str) -> None:
        self._says = list(says)

    def decide(self, situation: Situation, context: Context) -> Decision:
        for word in (said := self._says.pop(0)).split():
            context.report(Exchange("m", "text", "v", 1.0, word))
        if said.startswith("fail"):
            raise ModelError("what?")
        return GOOD


def test_every_try_is_told_with_its_own_questions_and_why_it_was_not_taken() -> None:
    guarded = decide_guarded(Talker("fail once", "good"), situation(STATE))
    assert [(one.brain, one.outcome, one.reason) for one in guarded.tries] == [
        ("talker", Outcome.UNPARSABLE, "what?"),
        ("talker", Outcome.OK, None),
    ]
    assert [[exchange.answer for exchange in one.exchanges] for one in guarded.tries] == [["fail", "once"], ["good"]]
    assert all(one.ms >= 0 for one in guarded.tries)


def test_the_try_of_the_fallback_is_told_too() -> None:
    tries = decide_guarded(Talker("fail", "fail"), situation(STATE), Scripted(lambda: ILLEGAL)).tries
    assert [(one.brain, one.outcome) for one in tries] == [
        ("talker", Outcome.UNPARSABLE),
        ("talker", Outcome.UNPARSABLE),
        ("scripted", Outcome.ILLEGAL),
    ]


def test_a_brain_that_reports_without_end_is_heard_for_its_last_words_only() -> None:
    (one,) = decide_guarded(Talker("word " * 1_000 + "last"), situation(STATE)).tries
    assert len(one.exchanges) == EXCHANGES_KEPT
    assert one.exchanges[-1].answer == "last"
