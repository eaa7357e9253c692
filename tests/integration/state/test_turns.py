"""Turn claims with a real Redis: one command a turn, whatever fails (docs/architecture.md#one-command-per-turn)."""

import multiprocessing
from datetime import UTC, datetime, timedelta
from multiprocessing.pool import AsyncResult

import pytest

from cowboy.game.identity import command_id
from cowboy.game.outcomes import ClaimState, ClaimStatus, DecideStatus, Role
from cowboy.game.wire.messages import Command
from cowboy.game.words import Direction
from cowboy.settings import Settings
from cowboy.state.bindings import BindingStatus, Pause
from cowboy.state.client import Redis, connect
from cowboy.state.games import AssignedGame, Games
from cowboy.state.keys import Keys
from cowboy.state.tables import Stored, Tables, Update
from cowboy.state.turns import Claim, TurnRef, Turns
from tests.tables import IDS, binding, table
from tests.tables import a_command as command_of

pytestmark = pytest.mark.integration

TURN = TurnRef("g1", IDS[0], 1)
RACERS = 4
RECORD = '{"turn_no": 1}'


def turns_of(settings: Settings, client: Redis, lease_seconds: float = 30) -> Turns:
    return Turns(
        client, Keys(settings.key_prefix), lease_seconds=lease_seconds, history_ttl_seconds=60, confirm_seconds=3
    )


def open_turn(
    settings: Settings,
    client: Redis,
    *,
    status: BindingStatus = BindingStatus.READY,
    seconds: float = 60,
    turn_no: int = 1,
    **changes: object,
) -> None:
    keys = Keys(settings.key_prefix)
    bot = binding("g1", 0, status=status, **changes)
    Games(client, keys, 60).assign(AssignedGame(game_id="g1", turn_timeout_seconds=60), [bot])
    opened = table("g1").model_copy(update={"turn_no": turn_no})
    Tables(client, keys, 20, patience_seconds=2, rescue_seconds=1).store(
        [Update(opened, datetime.now(UTC) + timedelta(seconds=seconds), ())]
    )


def a_command(direction: Direction = Direction.UP) -> Command:
    return command_of(TURN, direction)


def claimed(turns: Turns, holder: str) -> Claim:
    _, claim = turns.claim(TURN, holder)
    assert claim is not None
    return claim


def end_lease(settings: Settings, client: Redis) -> None:
    """The holder of the turn has taken too long."""
    client.hset(Keys(settings.key_prefix).claim("g1"), "lease_until", 0)


def test_the_first_to_claim_gets_all_it_needs_to_decide(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    status, claim = turns_of(settings, redis).claim(TURN, "w1")
    assert status == ClaimStatus.CLAIMED
    assert claim is not None
    assert claim.table.current_player_id == IDS[0]
    assert claim.binding.brain == "random"
    assert claim.decision is None
    assert 50 < claim.seconds_left <= 60


def test_a_turn_that_is_held_is_refused(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    turns.claim(TURN, "w1")
    assert turns.claim(TURN, "w2") == (ClaimStatus.HELD, None)


@pytest.mark.parametrize("turn_no", [2, 99])
def test_a_turn_that_is_not_on_is_refused(settings: Settings, redis: Redis, turn_no: int) -> None:
    open_turn(settings, redis, turn_no=turn_no)
    assert turns_of(settings, redis).claim(TURN, "w1") == (ClaimStatus.STALE, None)


def test_a_turn_of_an_unknown_game_is_refused(settings: Settings, redis: Redis) -> None:
    assert turns_of(settings, redis).claim(TURN, "w1") == (ClaimStatus.STALE, None)


def test_a_turn_past_its_deadline_is_refused(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis, seconds=-1)
    assert turns_of(settings, redis).claim(TURN, "w1") == (ClaimStatus.STALE, None)


@pytest.mark.parametrize("role", [Role.WORKER, Role.KEEPER])
def test_a_turn_past_its_deadline_is_only_for_a_keeper_who_knows_that_it_stands(
    settings: Settings, redis: Redis, role: Role
) -> None:
    open_turn(settings, redis, seconds=-1, acknowledged="v1")
    turns = turns_of(settings, redis)
    assert turns.claim(TURN, "early", role) == (ClaimStatus.STALE, None)
    status, claim = turns.claim(TURN, "k1", Role.LATE_KEEPER)
    assert status == ClaimStatus.CLAIMED
    assert claim is not None
    assert claim.seconds_left > 0
    assert turns.claim(TURN, "k2", Role.LATE_KEEPER) == (ClaimStatus.HELD, None)
    assert turns.decide(claim, a_command()) == DecideStatus.DECIDED
    assert turns.publish(TURN, a_command(), RECORD)
    assert turns.claim(TURN, "k2", Role.LATE_KEEPER) == (ClaimStatus.DONE, None)


@pytest.mark.parametrize("status", [status for status in BindingStatus if status != BindingStatus.READY])
def test_a_bot_that_is_not_ready_gets_no_claim(settings: Settings, redis: Redis, status: BindingStatus) -> None:
    open_turn(settings, redis, status=status)
    assert turns_of(settings, redis).claim(TURN, "w1") == (ClaimStatus.NOT_READY, None)


def test_a_seat_without_a_bot_gets_no_claim(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    redis.delete(Keys(settings.key_prefix).bindings("g1"))
    assert turns_of(settings, redis).claim(TURN, "w1") == (ClaimStatus.NOT_READY, None)


def test_another_bot_can_neither_claim_the_turn_nor_take_it_away(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    bots = [binding("g1", seat) for seat in (0, 1)]
    Games(redis, Keys(settings.key_prefix), 60).assign(AssignedGame(game_id="g1", turn_timeout_seconds=60), bots)
    turns = turns_of(settings, redis)
    assert turns.claim(TurnRef("g1", IDS[1], 1), "w1") == (ClaimStatus.STALE, None)
    assert claimed(turns, "w2").binding.player_id == IDS[0]


def test_the_scripts_survive_that_redis_forgets_them(settings: Settings, redis: Redis) -> None:
    redis.script_flush()
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    redis.script_flush()
    claim = claimed(turns, "w1")
    redis.script_flush()
    assert turns.decide(claim, a_command()) == DecideStatus.DECIDED
    redis.script_flush()
    assert turns.publish(TURN, a_command(), "{}")
    redis.script_flush()
    assert turns.again(TURN, a_command())
    open_turn(settings, redis, turn_no=2)
    redis.script_flush()
    assert not turns.drop(TURN, RECORD)


def test_a_lost_holder_is_fenced_off_and_its_turn_decided_by_another(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    lost = claimed(turns, "w1")
    end_lease(settings, redis)
    status, claim = turns.claim(TURN, "w2")
    assert status == ClaimStatus.CLAIMED
    assert claim is not None
    assert turns.decide(lost, a_command()) == DecideStatus.LOST
    assert claim.fence > lost.fence


def test_a_holder_whose_lease_is_over_may_not_decide_even_if_nobody_else_came(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    late = claimed(turns, "w1")
    end_lease(settings, redis)
    assert turns.decide(late, a_command()) == DecideStatus.LOST


def test_a_worker_that_recovers_a_decided_turn_publishes_the_same_decision(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    command = a_command()
    assert turns.decide(claimed(turns, "w1"), command) == DecideStatus.DECIDED
    end_lease(settings, redis)
    status, claim = turns.claim(TURN, "w2")
    assert status == ClaimStatus.RECOVERED
    assert claim is not None
    assert claim.decision == command
    assert turns.decide(claim, a_command(Direction.DOWN)) == DecideStatus.LOST


def test_a_published_turn_is_done_for_good_and_recorded_once(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    claim = claimed(turns, "w1")
    turns.decide(claim, a_command())
    assert turns.publish(TURN, a_command(), "{}")
    assert not turns.publish(TURN, a_command(), "{}")
    assert turns.claim(TURN, "w2") == (ClaimStatus.DONE, None)
    assert redis.llen(Keys(settings.key_prefix).records("g1")) == 1


def test_a_decision_is_dropped_when_the_turn_has_passed_meanwhile(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    claim = claimed(turns, "w1")
    open_turn(settings, redis, turn_no=2)
    assert turns.decide(claim, a_command()) == DecideStatus.STALE


def test_a_decision_that_came_too_late_is_noted_once_if_nobody_has_played_the_turn(
    settings: Settings, redis: Redis
) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    claimed(turns, "w1")
    assert not turns.drop(TURN, RECORD), "the turn is still on"
    open_turn(settings, redis, turn_no=2)
    assert turns.drop(TURN, RECORD)
    assert not turns.drop(TURN, RECORD)
    assert redis.lrange(Keys(settings.key_prefix).records("g1"), 0, -1) == [RECORD]


def test_a_decision_after_the_deadline_is_too_late_before_the_next_turn_is_seen(
    settings: Settings, redis: Redis
) -> None:
    open_turn(settings, redis, seconds=-1)
    assert turns_of(settings, redis).drop(TURN, RECORD)


def test_a_turn_that_somebody_has_decided_is_not_noted_as_decided_too_late(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    turns.decide(claimed(turns, "w1"), a_command())
    open_turn(settings, redis, turn_no=2)
    assert not turns.drop(TURN, RECORD), "its record is on its way"
    turns.publish(TURN, a_command(), RECORD)
    turns.claim(TURN._replace(turn_no=2), "w1")
    assert not turns.drop(TURN, RECORD), "its record is there"


def test_nothing_is_noted_of_a_game_that_is_over(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    claimed(turns, "w1")
    Games(redis, Keys(settings.key_prefix), 60).forget("g1")
    assert not turns.drop(TURN, RECORD)


def test_a_decision_is_dropped_when_the_bot_was_taken_off_its_seat_meanwhile(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    claim = claimed(turns, "w1")
    redis.delete(Keys(settings.key_prefix).bindings("g1"))
    assert turns.decide(claim, a_command()) == DecideStatus.NOT_READY


def test_a_decision_is_dropped_when_the_bot_is_to_be_taught_anew(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    claim = claimed(turns, "w1")
    open_turn(settings, redis, status=BindingStatus.TEACHING)
    assert turns.decide(claim, a_command()) == DecideStatus.NOT_READY


@pytest.mark.parametrize("pause", list(Pause))
def test_a_paused_bot_gets_no_claim_and_its_decision_is_dropped(settings: Settings, redis: Redis, pause: Pause) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    claim = claimed(turns, "w1")
    open_turn(settings, redis, pauses=(pause,))
    assert turns.decide(claim, a_command()) == DecideStatus.PAUSED
    redis.delete(Keys(settings.key_prefix).claim("g1"))
    assert turns.claim(TURN, "w2") == (ClaimStatus.PAUSED, None)


def test_a_bot_that_was_taught_anew_need_not_wait_for_the_lease_of_the_holder_before(
    settings: Settings, redis: Redis
) -> None:
    open_turn(settings, redis, lesson=1)
    turns = turns_of(settings, redis)
    lost = claimed(turns, "w1")
    open_turn(settings, redis, lesson=2)
    status, claim = turns.claim(TURN, "w2")
    assert status == ClaimStatus.CLAIMED
    assert turns.claim(TURN, "w3") == (ClaimStatus.HELD, None)
    assert turns.decide(lost, a_command()) == DecideStatus.LOST
    assert turns.decide(claim, a_command()) == DecideStatus.DECIDED


def test_the_decision_of_a_turn_is_no_part_of_the_next(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    turns.decide(claimed(turns, "w1"), a_command())
    open_turn(settings, redis, turn_no=2)
    status, claim = turns.claim(TURN._replace(turn_no=2), "w1")
    assert (status, claim.decision) == (ClaimStatus.CLAIMED, None)


def test_a_turn_before_the_one_last_claimed_is_over_even_if_the_table_goes_back(
    settings: Settings, redis: Redis
) -> None:
    open_turn(settings, redis, turn_no=2)
    turns = turns_of(settings, redis)
    turns.claim(TURN._replace(turn_no=2), "w1")
    redis.delete(Keys(settings.key_prefix).table("g1"))
    open_turn(settings, redis, turn_no=1)
    assert turns.claim(TURN, "w2") == (ClaimStatus.STALE, None)


def test_a_holder_from_before_the_game_was_forgotten_is_fenced_off(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    early = claimed(turns, "w1")
    Games(redis, Keys(settings.key_prefix), 60).forget("g1")
    assert turns.decide(early, a_command()) == DecideStatus.LOST
    open_turn(settings, redis)
    claim = claimed(turns, "w2")
    assert claim.fence > early.fence
    assert turns.decide(early, a_command()) == DecideStatus.LOST


def test_a_claim_ends_with_its_turn_however_long_the_lease(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis, seconds=5)
    turns_of(settings, redis, lease_seconds=500).claim(TURN, "w1")
    stored = redis.hmget(Keys(settings.key_prefix).claim("g1"), ["lease_until"])[0]
    assert int(stored) == int(redis.hget(Keys(settings.key_prefix).table("g1"), "deadline_ms"))


def test_claims_go_away_by_themselves(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns_of(settings, redis).claim(TURN, "w1")
    assert 0 < redis.ttl(Keys(settings.key_prefix).claim("g1")) <= 60 + 3600


def test_of_many_processes_that_race_for_a_turn_one_wins(settings: Settings, redis: Redis) -> None:
    rounds = 40
    keys = Keys(settings.key_prefix)
    Games(redis, keys, 60).assign(AssignedGame(game_id="g1", turn_timeout_seconds=60), [binding("g1", 0)])
    with multiprocessing.get_context("spawn").Pool(RACERS) as pool:
        for turn_no in range(1, rounds + 1):
            open_turn(settings, redis, turn_no=turn_no)
            runs: list[AsyncResult[list[str]]] = [
                pool.apply_async(race, (settings, turn_no, f"w{racer}")) for racer in range(RACERS)
            ]
            commands = [command for run in runs for command in run.get(timeout=60)]
            assert len(commands) == 1, f"turn {turn_no}: {commands}"


def race(settings: Settings, turn_no: int, holder: str) -> list[str]:
    """One racer, in a process of its own: what it would have sent."""
    with connect(settings) as client:
        turns = turns_of(settings, client)
        _, claim = turns.claim(TurnRef("g1", IDS[0], turn_no), holder)
        if claim is None:
            return []
        stored = turns.decide(claim, a_command().model_copy(update={"turn_no": turn_no}))
        return [holder] if stored == DecideStatus.DECIDED else []


def redis_now_ms(client: Redis) -> int:
    seconds, microseconds = client.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


def advance(settings: Settings, client: Redis, turn_no: int, *used_up_by: str) -> Stored:
    """What the bridge stores when the output topic shows the next turn."""
    shown = table("g1").model_copy(update={"turn_no": turn_no})
    tables = Tables(client, Keys(settings.key_prefix), 20, patience_seconds=2, rescue_seconds=1)
    return tables.store([Update(shown, datetime.now(UTC) + timedelta(seconds=60), (), used_up_by)])[0]


@pytest.mark.parametrize(
    ("used_up_by", "closed"),
    [
        (("x", command_id(*TURN)), ClaimState.CONFIRMED),
        (("a timeout",), ClaimState.EXPIRED),
        ((), None),
    ],
)
def test_the_output_topic_says_how_a_turn_ended(
    settings: Settings, redis: Redis, used_up_by: tuple[str, ...], closed: ClaimState | None
) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    turns.decide(claimed(turns, "w1"), a_command())
    turns.publish(TURN, a_command(), "{}")
    assert advance(settings, redis, 2, *used_up_by).closed == closed


def test_a_turn_that_no_bot_claimed_has_expired_and_one_of_a_person_has_not(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    assert advance(settings, redis, 2, "a timeout").closed == ClaimState.EXPIRED
    redis.delete(Keys(settings.key_prefix).bindings("g1"))
    assert advance(settings, redis, 3, "a timeout").closed is None


def test_a_record_is_kept_even_if_the_output_topic_was_faster(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    turns.decide(claimed(turns, "w1"), a_command())
    advance(settings, redis, 2, command_id(*TURN))
    assert turns.publish(TURN, a_command(), "{}")
    assert not turns.publish(TURN, a_command(), "{}")
    assert redis.llen(Keys(settings.key_prefix).records("g1")) == 1


def test_a_reader_that_is_behind_changes_nothing(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis, turn_no=5)
    keys = Keys(settings.key_prefix)
    before = redis.hgetall(keys.table("g1")), redis.zscore(keys.due, "g1")
    assert not advance(settings, redis, 4, "x").accepted
    assert (redis.hgetall(keys.table("g1")), redis.zscore(keys.due, "g1")) == before


def test_a_keeper_waits_for_no_worker_but_for_another_keeper(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    hung = claimed(turns, "w1")
    status, claim = turns.claim(TURN, "k1", Role.KEEPER)
    assert status == ClaimStatus.CLAIMED
    assert turns.claim(TURN, "k2", Role.KEEPER) == turns.claim(TURN, "w2") == (ClaimStatus.HELD, None)
    assert turns.decide(hung, a_command()) == DecideStatus.LOST
    assert turns.decide(claim, a_command()) == DecideStatus.DECIDED


def test_a_second_attempt_is_made_once_and_only_of_what_was_published(settings: Settings, redis: Redis) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    claim = claimed(turns, "w1")
    assert turns.again(TURN, a_command()) is None
    turns.decide(claim, a_command())
    assert turns.again(TURN, a_command()) is None
    turns.publish(TURN, a_command(), "{}")
    assert turns.again(TURN, command_of(TURN, attempt=7)) is None
    again = turns.again(TURN, a_command())
    assert again is not None
    assert again == a_command().model_copy(update={"command_id": again.command_id, "sent_at": again.sent_at})
    assert again.command_id == command_id(*TURN, attempt=1)
    turns.publish(TURN, again, "{}")
    assert turns.again(TURN, again) is None
    assert advance(settings, redis, 2, again.command_id).closed == ClaimState.CONFIRMED


def test_a_second_attempt_is_made_after_a_turns_time_but_not_when_another_is_on(
    settings: Settings, redis: Redis
) -> None:
    open_turn(settings, redis)
    turns = turns_of(settings, redis)
    turns.decide(claimed(turns, "w1"), a_command())
    turns.publish(TURN, a_command(), "{}")
    table_key = Keys(settings.key_prefix).table("g1")
    redis.hset(table_key, mapping={"deadline_ms": redis_now_ms(redis) - 1, "turn_no": 2})
    assert turns.again(TURN, a_command()) is None
    redis.hset(table_key, "turn_no", 1)
    assert turns.again(TURN, a_command()) is not None
