"""Being taught: `READY` comes with the acknowledgement, never before, and a turn that waited is decided."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from cowboy.bots.learner import Learner
from cowboy.brains.chance import RandomBrain
from cowboy.celery.registration import INCARNATION
from cowboy.errors import Unteachable
from cowboy.game.guide import lesson_for
from cowboy.game.outcomes import Outcome
from cowboy.game.wire.lesson import Lesson
from cowboy.game.wire.objects import PlayerIdentity
from cowboy.settings import Settings
from cowboy.state.bindings import Binding, Bindings, BindingStatus
from cowboy.state.client import Redis
from cowboy.state.lessons import Lessons
from cowboy.state.players import Guide, Players
from cowboy.state.state import State
from cowboy.turns.player import TurnPlayer
from tests.integration.turns.desk import ME, Desk
from tests.queues import celery_on, waiting_turns
from tests.tables import table
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]

TEACHING = BindingStatus.TEACHING
LESSON_NO = 3


@pytest.fixture
def desk(settings: Settings, redis: Redis) -> Iterator[Desk]:
    with celery_on(settings):
        yield Desk(settings, redis)


@pytest.fixture
def learner(settings: Settings) -> Learner:
    return Learner(State.of(settings))


@pytest.fixture
def lessons(settings: Settings, redis: Redis, desk: Desk) -> Lessons:
    made = Lessons(redis, desk.keys)
    made.expect("g1", ME, timedelta(seconds=60))
    return made


def me(redis: Redis, desk: Desk) -> Binding:
    binding = Bindings(redis, desk.keys).get("g1", ME)
    assert binding is not None
    return binding


def a_lesson(**changes: object) -> str:
    player = table("g1").state.players[0]
    identity = PlayerIdentity(player_name=player.player_name, player_id=player.player_id)
    lesson: Lesson = lesson_for(table("g1"), 60, identity, "v1")
    return lesson.model_copy(update=changes).model_dump_json()


def test_a_bot_is_ready_when_its_brain_has_acknowledged(
    desk: Desk, learner: Learner, lessons: Lessons, redis: Redis
) -> None:
    desk.open_turn("g1", status=TEACHING, lesson=LESSON_NO, reason="an earlier trouble")
    assert learner.teach("g1", ME, LESSON_NO, a_lesson()) == "ready"
    taught = me(redis, desk)
    assert (taught.status, taught.taught_by, taught.reason) == (BindingStatus.READY, INCARNATION, None)
    assert taught.ready_at is not None
    assert redis.zcard(desk.keys.lessons) == 0


def test_a_turn_that_waited_for_its_bot_is_queued(
    desk: Desk, learner: Learner, lessons: Lessons, settings: Settings, redis: Redis
) -> None:
    desk.open_turn("g1", status=TEACHING, lesson=LESSON_NO)
    learner.teach("g1", ME, LESSON_NO, a_lesson())
    assert waiting_turns(settings, redis) == [("g1", ME, 1)]


@pytest.mark.parametrize("changes", [{"pauses": ("game",)}, {}])
def test_a_turn_that_may_not_or_cannot_be_played_is_not_queued(
    desk: Desk, learner: Learner, lessons: Lessons, settings: Settings, redis: Redis, changes: dict[str, object]
) -> None:
    desk.open_turn("g1", status=TEACHING, lesson=LESSON_NO, **changes)
    if not changes:
        desk.show(table("g1"), seconds=-1)
    assert learner.teach("g1", ME, LESSON_NO, a_lesson()) == "ready"
    assert waiting_turns(settings, redis) == []


@pytest.mark.parametrize(
    ("status", "lesson_no"),
    [(TEACHING, LESSON_NO - 1), (BindingStatus.READY, LESSON_NO), (BindingStatus.FAILED, LESSON_NO)],
)
def test_an_acknowledgement_of_another_lesson_counts_for_nothing(
    desk: Desk, learner: Learner, redis: Redis, status: BindingStatus, lesson_no: int
) -> None:
    desk.open_turn("g1", status=status, lesson=LESSON_NO)
    before = me(redis, desk)
    assert learner.teach("g1", ME, lesson_no, a_lesson()) == "outdated"
    assert learner.teach("g1", "nobody", lesson_no, a_lesson()) == "outdated"
    assert me(redis, desk) == before


@pytest.mark.parametrize(
    ("lesson", "reason"),
    [
        ("no JSON", "unreadable"),
        (a_lesson(player_id="somebody else"), "not in its snapshot"),
    ],
)
def test_a_lesson_that_the_brain_refuses_leaves_the_bot_unready_and_says_why(
    desk: Desk, learner: Learner, lessons: Lessons, redis: Redis, lesson: str, reason: str
) -> None:
    desk.open_turn("g1", status=TEACHING, lesson=LESSON_NO)
    assert learner.teach("g1", ME, LESSON_NO, lesson) == "refused"
    assert me(redis, desk).status == TEACHING
    assert reason in me(redis, desk).reason
    wait_for(lambda: lessons.due() == [("g1", ME)])  # long before the patience that was left is over


@pytest.mark.parametrize(
    ("error", "reason"),
    [(Unteachable("not me"), "not me"), (ZeroDivisionError("a key?"), "ZeroDivisionError in test_learner.py, line ")],
)
def test_a_brain_that_raises_costs_no_more_than_its_lesson(
    desk: Desk, learner: Learner, redis: Redis, error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raising(*_: object) -> None:
        raise error

    monkeypatch.setattr(RandomBrain, "learn", raising)
    desk.open_turn("g1", status=TEACHING, lesson=LESSON_NO)
    assert learner.teach("g1", ME, LESSON_NO, a_lesson()) == "refused"
    assert reason in me(redis, desk).reason
    assert "a key?" not in me(redis, desk).reason


@pytest.mark.parametrize(("wish", "outcome", "commands"), [("safe", Outcome.LATE, 1), ("skip", Outcome.SKIPPED, 0)])
def test_a_turn_that_is_begun_without_time_to_think_is_played_safely_or_not_at_all(
    desk: Desk, settings: Settings, redis: Redis, wish: str, outcome: str, commands: int
) -> None:
    turn = desk.open_turn("g1")
    desk.show(table("g1"), seconds=5)
    redis.hincrby(desk.keys.table("g1"), "opened_ms", -55_000)
    seat = TurnPlayer(State.of(settings.model_copy(update={"late_turns": wish, "publish_margin_ms": 10_000})))
    try:
        assert seat.play(turn) == outcome
        assert len(desk.commands("g1")) == commands
    finally:
        seat.close()


@pytest.mark.parametrize("wanted", [True, False])
def test_of_what_a_bot_was_taught_the_rules_are_kept_if_its_brain_wants_them(
    desk: Desk, learner: Learner, redis: Redis, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    monkeypatch.setattr(RandomBrain, "wants_rules", wanted)
    desk.open_turn("g1", status=TEACHING, lesson=LESSON_NO)
    lesson = a_lesson(rules_markdown="Shots bend.", game_guide_version="v7")
    assert learner.teach("g1", ME, LESSON_NO, lesson) == "ready"
    kept = Players(redis, desk.keys).guide(me(redis, desk))
    assert kept == Guide(version="v7", rules="Shots bend." if wanted else "")


def test_a_refused_lesson_leaves_nothing(
    desk: Desk, learner: Learner, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unteachable("no")

    monkeypatch.setattr(RandomBrain, "learn", refuse)
    desk.open_turn("g1", status=TEACHING, lesson=LESSON_NO)
    assert learner.teach("g1", ME, LESSON_NO, a_lesson()) == "refused"
    assert not redis.exists(desk.keys.player("bot-0"))
