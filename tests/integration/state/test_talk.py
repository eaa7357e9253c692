"""The talk of games in Redis: the scenarios again, with several clients; races; what is heard once; the end."""

import json
import multiprocessing
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from cowboy.settings import Settings
from cowboy.state.client import Redis, call_all, connect
from cowboy.state.keys import Keys
from cowboy.state.talk import Talks
from cowboy.talk.rules import Rules
from cowboy.talk.table import (
    Activated,
    Advanced,
    Asked,
    Discovered,
    Done,
    Expired,
    Heard,
    Listed,
    MembersChanged,
    Silenced,
    Talk,
    Urged,
)
from tests.clocks import turned_clock
from tests.talk_scenarios import ABSENT, FAITHFUL, OURS, Line
from tests.talk_season import season

pytestmark = pytest.mark.integration

GAME = "g1"
INPUTS = {
    "init_turn_order": lambda bots: Discovered(tuple(bots)),
    "init_turn_order_pre_populated": lambda bots: Listed(tuple(bots)),
    "update_turn_members": lambda add, remove: MembersChanged(tuple(add), tuple(remove)),
    "activate_first_speaker": Activated,
    "check_turn": Asked,
    "on_new_message": Heard,
    "on_speaker_done": Done,
    "advance_turn": Advanced,
    "reset_turn": Silenced,
}
SLACK_MS = 10_000
"""What a line may take on a busy machine, where its time is not at the edge."""


CLOCKS_AHEAD = (-3600.0, 0.0, 3600.0)


class Stage:
    """A game's talk that several clients change, at times that a scenario gives: its start is put back so far.

    The clocks of the clients' machines differ by hours, which makes no difference.
    """

    def __init__(self, settings: Settings, redis: Redis, rules: Rules, patch: pytest.MonkeyPatch) -> None:
        self.turn_clock = turned_clock(patch, "cowboy.state.talk")
        self.redis, self.keys = redis, Keys(settings.key_prefix)
        self.redis.set(self.keys.game(GAME), "{}")
        self.clients = [Talks(connect(settings), self.keys, rules) for _ in CLOCKS_AHEAD]
        self.stamp = 0

    def play(self, number: int, line: Line) -> None:
        talks = self.clients[number % len(self.clients)]
        self.turn_clock(CLOCKS_AHEAD[number % len(CLOCKS_AHEAD)])
        if line.operation == "given":
            order, speaker, passed, stamp = line.arguments[0].split("|")
            self.stamp = int(stamp)
            self._store(Talk(tuple(order), speaker or None, tuple(passed)))
            return
        before = self._put_back(line.now)
        change = talks.take(GAME, INPUTS[line.operation](*line.arguments))
        after = talks.get(GAME)
        if line.operation == "check_turn":
            shown = {"allowed": change.outcome.allowed, "current_speaker": after and after.speaker}
            assert {**shown, "reason": change.outcome.reason} == line.answer, line
        elif line.operation == "on_speaker_done":
            assert (after and after.speaker) == line.answer, line
        if line.state == ABSENT:
            assert after is None, line
        elif after is not None and (before is None or after.changed_ms != before.changed_ms):
            self.stamp = line.now
        if line.state not in (None, ABSENT):
            assert after is not None
            shown_state = f"{''.join(after.order)}|{after.speaker or ''}|{''.join(after.passed)}|{self.stamp}"
            assert shown_state == line.state, line

    def _put_back(self, now: int) -> Talk | None:
        talk = self.clients[0].get(GAME)
        if talk is None:
            return None
        seconds, microseconds = self.redis.time()
        elapsed = now - self.stamp
        early = SLACK_MS if 60_000 - SLACK_MS < elapsed <= 60_000 else 0
        put_back = replace(talk, changed_ms=seconds * 1000 + microseconds // 1000 - elapsed + early)
        self._store(put_back)
        return put_back

    def _store(self, talk: Talk) -> None:
        self.redis.hset(self.keys.talk(GAME), "state", talk.to_json())


def _unshuffled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random.Random, "shuffle", lambda _self, _members: None)


@pytest.mark.parametrize(
    ("rules", "name"), [("faithful", name) for name in FAITHFUL] + [("ours", name) for name in OURS]
)
def test_a_scenario_goes_in_redis_as_it_does_in_memory(settings, redis, monkeypatch, rules, name):
    _unshuffled(monkeypatch)
    stage = Stage(settings, redis, Rules(rules), monkeypatch)
    for number, line in enumerate({"faithful": FAITHFUL, "ours": OURS}[rules][name]):
        stage.play(number, line)


@pytest.fixture
def talks(settings: Settings, redis: Redis) -> Talks:
    keys = Keys(settings.key_prefix)
    redis.set(keys.game(GAME), "{}")
    return Talks(redis, keys)


def _send(talks: Talks, *calls) -> list[int]:
    return call_all(talks._redis, calls)


def _members(*bots: str) -> Callable[[Talk | None], list[Listed]]:
    return lambda talk: [] if talk is not None and talk.order else [Listed(bots)]


def test_a_remark_and_the_hand_off_after_it_are_one_step(talks):
    talks.take(GAME, Listed(("B", "C")))
    first = talks.get(GAME)
    change = talks.speak(GAME, first.speaker, first.turn_seq, "Howdy.")
    assert change.outcome.cause == "spoke"
    *_, said, handoff = talks.history(GAME)
    assert (said.event_type, said.player_id, said.text) == ("remark", first.speaker, "Howdy.")
    assert (handoff.event_type, handoff.previous, handoff.turn_seq) == ("handoff", first.speaker, 2)


def test_a_remark_of_a_turn_that_is_over_is_dropped(talks):
    talks.take(GAME, Listed(("B", "C")))
    first = talks.get(GAME)
    talks.hear(GAME, "A", "You there!")
    change = talks.speak(GAME, first.speaker, first.turn_seq, "Too late.")
    assert change.outcome == change.outcome._replace(applied=False, cause="stale_turn")
    assert "Too late." not in [message.text for message in talks.history(GAME)]


def test_an_event_is_heard_once_however_often_it_is_told(talks):
    told = [talks.hearing(GAME, Heard("A", is_human=True), step_seq=step) for step in (3, 4)]
    assert _send(talks, *told, *told, *told[:1]) == [1, 1, 0, 0, 0]
    talks.look(GAME, _members("B", "C"))
    once = talks.get(GAME)
    assert _send(talks, *told) == [0, 0]
    talks.look(GAME, _members("B", "C"))
    assert talks.get(GAME) == once


def test_what_is_of_little_interest_is_heard_once_in_a_while(talks):
    stirred = talks.hearing(GAME, Heard(None, is_human=False), rest_ms=60_000)
    assert _send(talks, stirred, stirred) == [1, 0]


def test_a_keeper_ends_a_turn_that_has_run_out_with_nobody_asking(talks, redis):
    talks.take(GAME, Listed(("B", "C")))
    talk = talks.get(GAME)
    redis.hset(talks._keys.talk(GAME), "state", replace(talk, changed_ms=talk.changed_ms - 60_001).to_json())
    talks.look(GAME, _members("B", "C"))
    after = talks.get(GAME)
    assert (after.speaker != talk.speaker, after.passed, after.turn_seq) == (True, (talk.speaker,), 2)


def test_a_dead_table_falls_silent_after_a_round_and_is_not_looked_at_again(talks, redis):
    talks.take(GAME, Listed(("B", "C", "D")))
    for _ in range(3):
        talk = talks.get(GAME)
        redis.hset(talks._keys.talk(GAME), "state", replace(talk, changed_ms=talk.changed_ms - 60_001).to_json())
        talks.look(GAME, _members())
    assert talks.due(10) == [GAME]
    overdue = talks.unsent(GAME)
    assert overdue.talk.dormant
    talks.settle(GAME, overdue.stored, overdue.unsent[-1][0])
    assert redis.zscore(talks._keys.talk_due, GAME) is None
    assert talks.due(10) == []


def test_a_table_is_due_when_its_turn_has_run_out(talks, redis):
    talks.take(GAME, Listed(("B",)))
    assert talks.due(10) == [GAME]
    overdue = talks.unsent(GAME)
    talks.settle(GAME, overdue.stored, overdue.unsent[-1][0])
    assert redis.zscore(talks._keys.talk_due, GAME) == overdue.talk.changed_ms + 60_001
    assert talks.unsent(GAME).unsent == ()


def test_what_happened_while_a_keeper_looked_is_looked_at_next(talks):
    talks.take(GAME, Listed(("B", "C")))
    overdue = talks.unsent(GAME)
    talks.hear(GAME, "A", "Wait!")
    talks.settle(GAME, overdue.stored, overdue.unsent[-1][0])
    assert talks.due(10) == [GAME]
    assert [message.text for _, message in talks.unsent(GAME).unsent if message.text] == ["Wait!"]


@pytest.mark.parametrize("is_there", [False, True])
def test_a_bot_that_gets_ready_while_a_keeper_looks_is_seen_by_the_next_look(talks, is_there):
    """The keeper has read the bots by then, and would forget the table."""
    if is_there:
        talks.take(GAME, Listed(("B",)))
    else:
        _send(talks, talks.hearing(GAME))
    assert talks.due(10) == [GAME]
    _send(talks, talks.hearing(GAME))
    overdue = talks.unsent(GAME)
    talks.settle(GAME, *((overdue.stored, overdue.unsent[-1][0]) if is_there else ("", "")))
    assert talks.due(10) == [GAME]


def test_after_the_game_nothing_is_left_and_nothing_comes_back(talks, redis):
    talks.take(GAME, Listed(("B", "C")))
    talks.mute("bot", "b1")
    first = talks.get(GAME)
    _send(talks, talks.forgetting(GAME, ["b1"]))
    redis.delete(talks._keys.game(GAME))
    assert not talks.speak(GAME, first.speaker, first.turn_seq, "Anybody?").outcome.applied
    assert _send(talks, talks.hearing(GAME, Heard("A", is_human=True))) == [0]
    talks.settle(GAME, first.to_json(), "0-1")
    assert set(redis.scan_iter(f"{talks._keys.prefix}*")) == {talks._keys.talk_closing}
    assert talks.closing(10) == [GAME]
    talks.closed(GAME)
    assert set(redis.scan_iter(f"{talks._keys.prefix}*")) == set()


def test_what_was_heard_and_never_taken_in_goes_with_the_game(talks, redis):
    _send(talks, talks.hearing(GAME, Urged("B", 3)), talks.forgetting(GAME))
    assert set(redis.scan_iter(f"{talks._keys.prefix}talk*")) == set()


def test_a_private_remark_is_for_one_seat(talks):
    talks.take(GAME, Listed(("B", "C")))
    talks.hear(GAME, "A", "Between us.", to="B")
    heard = {seat: [said.text for said in talks.remarks(GAME, seat)] for seat in ("A", "B", "C")}
    assert heard == {"A": ["Between us."], "B": ["Between us."], "C": []}
    assert not [message for message in talks.history(GAME) if message.text]


def _fire(settings: Settings, seed: int, steps: int) -> None:
    chance = random.Random(seed)
    talks = Talks(connect(settings), Keys(settings.key_prefix))
    for _ in range(steps):
        talk = talks.get(GAME) or Talk()
        who = talk.speaker or "B"
        match chance.randrange(6):
            case 0:
                talks.hear(GAME, "A", "Well?")
            case 1:
                talks.take(GAME, MembersChanged((chance.choice("BCDE"),), (chance.choice("BCDE"),)))
            case 2:
                talks.take(GAME, Asked(chance.choice("BCD")))
            case 3:
                talks.take(GAME, Expired(talk.turn_seq))
            case 4:
                talks.pass_on(GAME, who, talk.turn_seq)
            case _:
                talks.speak(GAME, who, talk.turn_seq, "Aye.")


def test_eight_processes_on_one_table_never_give_two_speakers(settings, redis, talks):
    talks.take(GAME, Listed(("B", "C", "D")))
    start = multiprocessing.get_context("forkserver")  # which imports once for all of them
    start.set_forkserver_preload([__name__])
    processes = [start.Process(target=_fire, args=(settings, seed, 12)) for seed in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 8
    entries = redis.xrange(talks._keys.talk_history(GAME))
    messages = [json.loads(fields["message"]) for _, fields in entries]
    turns = [message for message in messages if message["event_type"] not in {"remark", "members"}]
    numbers = [message["turn_seq"] for message in turns]
    assert numbers == list(range(numbers[0], talks.get(GAME).turn_seq + 1))
    holders = {message["turn_seq"]: message["player_id"] for message in turns}
    for message in messages:
        if message["event_type"] == "remark" and not message["human"] and message["turn_seq"] in holders:
            assert message["player_id"] == holders[message["turn_seq"]]
    spoken = [m["turn_seq"] for m in messages if m["event_type"] == "remark" and not m["human"]]
    assert len(spoken) == len(set(spoken))


def test_a_season_with_killed_slow_muted_and_doubled_speakers_has_one_voice_and_no_stuck_table(settings, redis):
    played = season(settings, 400)
    assert (played.doubled, played.stuck, played.skipped) == (0, 0, 0)
    assert played.remarks > 100
    assert played.spread < 0.1
