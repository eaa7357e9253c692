"""What an overdue turn needs, for every way in which it may stand."""

import pytest

from cowboy.game.outcomes import ClaimState
from cowboy.state.bindings import BindingStatus, Pause
from cowboy.state.due import HOLD_MS, Overdue
from cowboy.state.turns import TurnRef
from cowboy.turns.keeper import ASK_AGAIN_MS, OVERTIME_MS, Action, Step, next_step
from tests.tables import IDS, binding

OPENED, RESCUE, DEADLINE = 100_000, 109_000, 110_000
OVERTIME = DEADLINE + OVERTIME_MS
PATIENCE_MS = 2_000
NOTHING = Step(Action.NOTHING, None)


def turn(now_ms: int, **changes: object) -> Overdue:
    """A's turn, which nobody has claimed; A is a bot that was taught once."""
    standing = Overdue(
        "g1", now_ms, TurnRef("g1", IDS[0], 3), OPENED, RESCUE, DEADLINE, lesson=1, bot=binding("g1", 0, lesson=1)
    )
    return standing._replace(**changes)


def step(overdue: Overdue) -> Step:
    return next_step(overdue, PATIENCE_MS)


@pytest.mark.parametrize(
    ("now_ms", "again_ms"), [(OPENED + 500, OPENED + 2_500), (OPENED + 2_000, OPENED + 4_000), (OPENED + 6_000, RESCUE)]
)
def test_a_turn_that_nobody_has_claimed_is_queued_again_and_again_ever_more_patiently(
    now_ms: int, again_ms: int
) -> None:
    assert step(turn(now_ms)) == Step(Action.DISPATCH, again_ms)


@pytest.mark.parametrize("state", [ClaimState.CLAIMED, ClaimState.DECIDED])
def test_a_turn_that_is_held_is_left_alone_until_the_lease_is_over(state: ClaimState) -> None:
    held = turn(OPENED + 3_000, state=state, lease_until_ms=OPENED + 8_000)
    assert step(held) == Step(Action.NOTHING, OPENED + 8_000)
    assert step(held._replace(lease_until_ms=DEADLINE)) == Step(Action.NOTHING, RESCUE)
    assert step(held._replace(lease_until_ms=OPENED + 3_000)).action == Action.DISPATCH


def test_a_holder_from_before_its_bot_was_taught_anew_counts_for_nothing() -> None:
    held = turn(OPENED + 3_000, state=ClaimState.CLAIMED, lease_until_ms=OPENED + 8_000)
    assert step(held._replace(bot=binding("g1", 0, lesson=2))).action == Action.DISPATCH


@pytest.mark.parametrize("state", [None, ClaimState.CLAIMED, ClaimState.DECIDED])
@pytest.mark.parametrize("status", [BindingStatus.READY, BindingStatus.TEACHING])
def test_a_turn_whose_time_is_almost_over_is_played_whichever_process_holds_it(
    state: ClaimState | None, status: BindingStatus
) -> None:
    bot = binding("g1", 0, status=status, acknowledged="v1")
    almost = turn(RESCUE, state=state, lease_until_ms=DEADLINE, bot=bot)
    assert step(almost) == Step(Action.RESCUE, RESCUE + HOLD_MS)


@pytest.mark.parametrize(
    "bot", [binding("g1", 0, status=BindingStatus.TEACHING), binding("g1", 0, pauses=(Pause.GAME,))]
)
def test_a_turn_that_no_bot_can_begin_now_is_looked_at_again_before_it_is_over(bot: object) -> None:
    assert step(turn(OPENED + 3_000, bot=bot)) == Step(Action.NOTHING, RESCUE)


@pytest.mark.parametrize("now_ms", [OPENED, RESCUE, DEADLINE, OVERTIME])
@pytest.mark.parametrize("state", [None, ClaimState.PUBLISHED])
def test_a_turn_of_a_person_is_nobody_elses_to_play(now_ms: int, state: ClaimState | None) -> None:
    assert step(turn(now_ms, bot=None, state=state)) == NOTHING


def test_a_turn_of_a_paused_bot_is_looked_at_again_after_its_time_for_it_may_be_resumed_by_then() -> None:
    paused = turn(RESCUE, bot=binding("g1", 0, pauses=(Pause.BOT,)))
    assert step(paused) == step(paused._replace(now_ms=DEADLINE)) == Step(Action.NOTHING, OVERTIME)
    assert step(paused._replace(now_ms=OVERTIME)) == Step(Action.NOTHING, OVERTIME + OVERTIME_MS)


def test_a_turn_of_a_bot_that_never_acknowledged_the_present_guide_is_played_by_nobody_and_looked_at_again() -> None:
    never = turn(RESCUE, bot=binding("g1", 0, status=BindingStatus.TEACHING, acknowledged="v0"))
    assert step(never) == Step(Action.NOTHING, RESCUE + HOLD_MS)


@pytest.mark.parametrize("now_ms", [OPENED + 3_000, RESCUE])
def test_a_command_without_effect_is_asked_about_until_its_second_attempt_is_made(now_ms: int) -> None:
    published = turn(now_ms, state=ClaimState.PUBLISHED)
    assert step(published) == Step(Action.ASK, now_ms + ASK_AGAIN_MS)
    assert step(published._replace(repeated=True)) == NOTHING


@pytest.mark.parametrize("state", [ClaimState.CONFIRMED, ClaimState.EXPIRED])
def test_a_turn_that_is_closed_needs_nothing(state: ClaimState) -> None:
    assert step(turn(OPENED + 3_000, state=state)) == NOTHING


def test_a_game_without_a_turn_needs_nothing() -> None:
    assert step(Overdue("g1", OPENED)) == NOTHING


@pytest.mark.parametrize("state", [None, ClaimState.CLAIMED, ClaimState.DECIDED, ClaimState.PUBLISHED])
def test_a_turn_whose_time_is_over_is_left_to_its_backend_for_a_while_and_then_asked_about(
    state: ClaimState | None,
) -> None:
    over = turn(DEADLINE, state=state, lease_until_ms=DEADLINE)
    assert step(over) == Step(Action.NOTHING, OVERTIME)
    assert step(over._replace(now_ms=OVERTIME)) == Step(Action.ASK, OVERTIME + OVERTIME_MS)


def test_a_turn_that_is_being_sent_after_its_time_is_not_asked_about_meanwhile() -> None:
    sending = turn(OVERTIME, state=ClaimState.DECIDED, lease_until_ms=OVERTIME + 700)
    assert step(sending) == Step(Action.NOTHING, OVERTIME + 700)


@pytest.mark.parametrize(
    ("state", "repeated"), [(ClaimState.PUBLISHED, True), (ClaimState.CONFIRMED, False), (ClaimState.EXPIRED, False)]
)
def test_a_turn_that_was_sent_twice_or_closed_needs_nothing_after_its_time(state: ClaimState, repeated: bool) -> None:
    assert step(turn(OVERTIME, state=state, repeated=repeated)) == NOTHING
