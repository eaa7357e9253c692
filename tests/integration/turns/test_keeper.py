"""The turn keeper with a real Redis and broker: every turn gets its one command, whatever its worker has met."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from cowboy.brains.safe import safe_action
from cowboy.game.identity import command_id
from cowboy.game.outcomes import ClaimStatus, DecideStatus, Outcome
from cowboy.game.words import Direction, GameStatus
from cowboy.settings import Settings
from cowboy.state.bindings import BindingStatus, Pause
from cowboy.state.client import Redis
from cowboy.state.state import State
from cowboy.state.turns import TurnRef, Turns
from cowboy.turns.keeper import TurnKeeper
from cowboy.turns.player import TurnPlayer
from tests.game_manager import GameManagerServer, game_manager_server
from tests.integration.turns.desk import ME, OTHER, Desk
from tests.queues import celery_on, waiting_turns
from tests.tables import a_command, a_record, game, table
from tests.threads import working
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

TEACHING = BindingStatus.TEACHING


class Watch:
    """A game in which it is A's turn, and what a lost worker left of it. The keeper's times are short."""

    def __init__(self, settings: Settings, redis: Redis, manager: GameManagerServer) -> None:
        self.settings = settings
        self.redis = redis
        self.manager = manager
        self.desk = Desk(settings, redis)
        self.lost = Turns(redis, self.desk.keys, lease_seconds=60, history_ttl_seconds=60, confirm_seconds=0.05)

    def open_turn(self, **changes: object) -> TurnRef:
        turn = self.desk.open_turn("g1", **{"acknowledged": "v1", **changes})
        self.manager.know(game("g1"))
        return turn

    def time_is_almost_over(self) -> None:
        """From now on: the keeper is to play the turn."""
        self.redis.hincrby(self.desk.keys.table("g1"), "rescue_ms", -60_000)
        self.hasten()

    def time_is_over(self) -> None:
        """For a while, and the backend has not said so."""
        table = self.desk.keys.table("g1")
        for field in ("rescue_ms", "deadline_ms"):
            self.redis.hincrby(table, field, -120_000)
        if self.redis.exists(self.desk.keys.claim("g1")):
            self.redis.hset(self.desk.keys.claim("g1"), "lease_until", 0)
        self.hasten()

    def hasten(self) -> None:
        """It is to be looked at now."""
        self.redis.zadd(self.desk.keys.due, {"g1": 0})

    @property
    def opened_ms(self) -> int:
        return int(self.redis.hget(self.desk.keys.table("g1"), "opened_ms"))

    @property
    def due(self) -> float | None:
        return self.redis.zscore(self.desk.keys.due, "g1")

    def queued(self) -> list[tuple[str, str, int]]:
        return waiting_turns(self.settings, self.redis)

    def ids(self) -> list[str]:
        return [command.command_id for command in self.desk.commands("g1")]

    def outcomes(self) -> list[str]:
        return [record.outcome for record in self.desk.records("g1")]


@pytest.fixture
def watch(settings: Settings, redis: Redis) -> Iterator[Watch]:
    with game_manager_server() as manager:
        changes = {"game_manager_base_url": manager.base_url, "turn_patience_seconds": 0.05, "confirm_seconds": 0.05}
        settings = settings.model_copy(update=changes)
        with celery_on(settings):
            yield Watch(settings, redis, manager)


def keeping(watch: Watch, *, keepers: int = 1, **changes: object) -> AbstractContextManager[None]:
    """With so many turn keepers at work."""
    return working(*(TurnKeeper(State.of(watch.settings.model_copy(update=changes))) for _ in range(keepers)))


def test_a_turn_whose_task_was_lost_is_queued_where_its_bot_is(watch: Watch) -> None:
    turn = watch.open_turn(instance="i1")
    watch.hasten()
    with keeping(watch):
        wait_for(lambda: tuple(turn) in watch.queued())


def test_a_turn_that_a_worker_holds_is_not_queued_until_its_lease_is_over(watch: Watch) -> None:
    turn = watch.open_turn()
    watch.lost.claim(turn, "lost")
    watch.hasten()
    with keeping(watch):
        wait_for(lambda: watch.due)
        wait_for(lambda: watch.due != 0)
        assert watch.queued() == []
        watch.redis.hset(watch.desk.keys.claim("g1"), "lease_until", 0)
        watch.hasten()
        wait_for(lambda: tuple(turn) in watch.queued())


@pytest.mark.parametrize("keepers", [1, 3])
def test_a_turn_that_nobody_has_played_is_played_safely_before_it_is_over(watch: Watch, keepers: int) -> None:
    turn = watch.open_turn()
    watch.time_is_almost_over()
    with keeping(watch, keepers=keepers):
        wait_for(watch.outcomes)
    # A keeper that does not hear in time that another has sent it sends the same once more.
    command, *again = watch.desk.commands("g1")
    assert all(other == command for other in again)
    safe = safe_action(table("g1").to_board())
    assert (command.command_id, command.turn_no, command.player_id) == (command_id(*turn), 1, ME)
    assert (command.command_type, command.direction) == (safe.kind, safe.direction)
    assert watch.outcomes() == [Outcome.RESCUED]


def test_a_worker_that_hangs_loses_the_turn_to_the_keeper(watch: Watch) -> None:
    turn = watch.open_turn()
    _, hung = watch.lost.claim(turn, "hung")
    watch.time_is_almost_over()
    with keeping(watch):
        wait_for(watch.outcomes)
    assert watch.lost.decide(hung, a_command(turn, Direction.DOWN)) == DecideStatus.LOST
    assert len(watch.ids()) == 1


def test_a_decision_that_was_not_sent_is_sent_as_it_is(watch: Watch) -> None:
    turn = watch.open_turn()
    _, claim = watch.lost.claim(turn, "killed")
    decided = a_command(turn, Direction.DOWN)
    watch.lost.decide(claim, decided)
    watch.time_is_almost_over()
    with keeping(watch):
        wait_for(watch.outcomes)
    assert [message.value for message in watch.desk.messages("g1")] == [decided.to_json()]
    assert watch.outcomes() == [Outcome.RECOVERED]


def test_a_bot_that_is_being_taught_anew_keeps_its_turn_one_that_never_was_taught_does_not(watch: Watch) -> None:
    watch.open_turn(status=TEACHING)
    watch.time_is_almost_over()
    with keeping(watch):
        wait_for(watch.outcomes)
    never = watch.desk.open_turn("g2", status=TEACHING, acknowledged=None)
    other = watch.desk.open_turn("g3", status=TEACHING, acknowledged="v0")
    with a_seat(watch.settings) as seat:
        assert [seat.rescue(turn) for turn in (never, other)] == [ClaimStatus.NOT_READY] * 2
    assert watch.desk.messages("g2") == watch.desk.messages("g3") == []


def test_a_paused_bot_is_left_in_peace(watch: Watch) -> None:
    turn = watch.open_turn(pauses=(Pause.BOT,))
    watch.time_is_almost_over()
    with keeping(watch):
        wait_for(lambda: watch.due is not None and watch.due > watch.opened_ms + 60_000)
    with a_seat(watch.settings) as seat:
        assert seat.rescue(turn) == ClaimStatus.PAUSED
    assert watch.ids() == []


def test_a_turn_of_somebody_else_is_not_played(watch: Watch) -> None:
    watch.open_turn()
    with a_seat(watch.settings) as seat:
        assert seat.rescue(TurnRef("g1", OTHER, 1)) == ClaimStatus.STALE
    assert watch.ids() == []


def test_who_wants_no_turns_without_thought_gets_only_what_was_decided(watch: Watch) -> None:
    turn = watch.open_turn()
    skipping = watch.settings.model_copy(update={"late_turns": "skip"})
    with a_seat(skipping) as seat:
        assert seat.rescue(turn) == "skipped"
    assert watch.ids() == []


def test_a_command_without_effect_is_sent_once_more_under_its_next_id(watch: Watch) -> None:
    turn = watch.open_turn()
    publish(watch, turn)
    with keeping(watch, keepers=2):
        wait_for(lambda: len(watch.ids()) == 1)
        wait_for(lambda: watch.redis.hget(watch.desk.keys.claim("g1"), "attempt") == "1" and watch.due is None)
    (again,) = watch.desk.commands("g1")
    assert again.command_id == command_id(*turn, attempt=1)
    assert again == a_command(turn).model_copy(update={"command_id": again.command_id, "sent_at": again.sent_at})
    assert len(watch.outcomes()) == 1


@pytest.mark.parametrize("answer", [game("g1", turn_no=2), game("g1", current_player_id=OTHER), 404, 500, b"?"])
def test_a_command_is_not_sent_again_unless_the_game_manager_says_that_its_turn_stands(
    watch: Watch, answer: object
) -> None:
    turn = watch.open_turn()
    watch.manager.answers["g1"] = answer
    publish(watch, turn)
    with keeping(watch):
        wait_for(lambda: len(watch.manager.asked) >= 2)
    assert watch.ids() == []


@pytest.mark.parametrize("keepers", [1, 3])
@pytest.mark.parametrize("late_turns", ["safe", "skip"])
def test_a_turn_that_nobody_played_and_the_backend_does_not_end_is_played_safely_after_its_time(
    watch: Watch, keepers: int, late_turns: str
) -> None:
    turn = watch.open_turn()
    watch.time_is_over()
    with keeping(watch, keepers=keepers, late_turns=late_turns):
        wait_for(watch.outcomes)
        watch.hasten()
        wait_for(lambda: watch.due != 0)
    safe = safe_action(table("g1").to_board())
    first = watch.desk.commands("g1")[0]
    assert (first.command_id, first.command_type, first.direction) == (command_id(*turn), safe.kind, safe.direction)
    assert watch.outcomes() == [Outcome.RESCUED]
    assert len(set(watch.ids())) == len(watch.ids())


def test_a_decision_that_could_not_be_sent_in_time_is_sent_after_it_if_its_turn_still_stands(watch: Watch) -> None:
    turn = watch.open_turn()
    _, claim = watch.lost.claim(turn, "cut off")
    decided = a_command(turn, Direction.DOWN)
    watch.lost.decide(claim, decided)
    watch.time_is_over()
    with keeping(watch):
        wait_for(watch.outcomes)
    assert watch.desk.messages("g1")[0].value == decided.to_json()
    assert watch.outcomes() == [Outcome.RECOVERED]


def test_a_command_that_the_backend_lost_is_sent_again_after_its_time(watch: Watch) -> None:
    turn = watch.open_turn()
    publish(watch, turn)
    watch.time_is_over()
    with keeping(watch, keepers=2):
        wait_for(lambda: watch.ids() and watch.due is None)
        watch.hasten()
        wait_for(lambda: watch.due is None)
    assert watch.ids() == [command_id(*turn, attempt=1)]
    assert len(watch.outcomes()) == 1


def test_a_turn_that_somebody_began_in_vain_before_its_time_was_over_has_one_record(watch: Watch) -> None:
    turn = watch.open_turn()
    _, claim = watch.lost.claim(turn, "slow")
    watch.time_is_over()
    assert watch.lost.drop(turn, a_record(1).model_copy(update={"outcome": "stale"}).model_dump_json())
    with keeping(watch):
        wait_for(lambda: watch.outcomes() == [Outcome.RESCUED])
    assert watch.lost.decide(claim, a_command(turn, Direction.DOWN)) == DecideStatus.LOST


@pytest.mark.parametrize(
    "answer",
    [
        game("g1", turn_no=2),
        game("g1", current_player_id=OTHER),
        game("g1", status=GameStatus.FINISHED),
        404,
        500,
        b"?",
    ],
)
def test_nothing_is_sent_after_a_turns_time_unless_the_game_manager_says_that_it_stands(
    watch: Watch, answer: object
) -> None:
    watch.open_turn()
    watch.manager.answers["g1"] = answer
    watch.time_is_over()
    with keeping(watch):
        wait_for(lambda: watch.manager.asked)
        watch.hasten()
        wait_for(lambda: len(watch.manager.asked) > 1)
    assert watch.ids() == []


def test_after_a_turns_time_too_a_bot_that_is_paused_or_was_never_taught_plays_nothing(watch: Watch) -> None:
    turn = watch.open_turn(status=TEACHING, acknowledged=None)
    watch.time_is_over()
    with keeping(watch):
        wait_for(lambda: watch.manager.asked)
    with a_seat(watch.settings) as seat:
        assert seat.rescue(turn, in_time=False) == ClaimStatus.NOT_READY
    watch.desk.open_turn("g1", acknowledged="v1", pauses=(Pause.BOT,))
    with a_seat(watch.settings) as seat:
        assert seat.rescue(turn, in_time=False) == ClaimStatus.PAUSED
    assert watch.ids() == []


def test_a_turn_that_passed_is_not_looked_at_any_more(watch: Watch) -> None:
    watch.open_turn()
    watch.desk.show(table("g1").model_copy(update={"current_player_id": None}))
    assert watch.due is None


def publish(watch: Watch, turn: TurnRef) -> None:
    """A worker has noted that its command stands on the topic, where nobody has seen it."""
    _, claim = watch.lost.claim(turn, "w")
    watch.lost.decide(claim, a_command(turn))
    assert watch.lost.publish(turn, a_command(turn), a_record(1).model_dump_json())


@contextmanager
def a_seat(settings: Settings) -> Iterator[TurnPlayer]:
    seat = TurnPlayer(State.of(settings))
    try:
        yield seat
    finally:
        seat.close()
