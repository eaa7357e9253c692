"""Playing a turn: one command, under an id that can be derived again, whatever happened before."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cowboy.brains.brain import Context, Decision, Situation
from cowboy.brains.chance import RandomBrain
from cowboy.brains.exchange import Exchange
from cowboy.brains.guard import Guarded
from cowboy.brains.llm import LLM
from cowboy.brains.llm.brain import LlmBrain
from cowboy.brains.registry import shared_brain
from cowboy.errors import StateError, Unsendable
from cowboy.game.identity import command_id
from cowboy.game.outcomes import DecideStatus, Outcome
from cowboy.game.rules import Action, legal_actions
from cowboy.game.wire.messages import Command
from cowboy.game.words import CommandSource, CommandType, Direction
from cowboy.settings import Settings
from cowboy.state.bindings import BindingStatus
from cowboy.state.client import Redis
from cowboy.state.players import Guide, Players
from cowboy.state.state import State
from cowboy.state.turns import Claim, TurnRef, Turns
from cowboy.talk.table import Listed, Silenced
from cowboy.turns import decider
from cowboy.turns.decider import command_for, turn_seed
from cowboy.turns.player import TurnPlayer
from tests.integration.brains.models import KEY, write_profiles
from tests.integration.turns.desk import ME, OTHER, Desk
from tests.provider import Given, Provider, running_provider
from tests.tables import binding, table
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


def test_a_turn_becomes_one_command_with_every_field_of_the_envelope(desk: Desk, seat: TurnPlayer) -> None:
    turn = desk.open_turn("g1")
    assert seat.play(turn) == "ok"
    (message,) = desk.messages("g1")
    command = Command.model_validate_json(message.value)
    assert message.key == command.command_id.encode()
    assert command.command_id == command_id("g1", ME, 1)
    assert (command.source, command.game_id, command.player_id, command.turn_no) == (CommandSource.BOT, "g1", ME, 1)
    assert command.command_type in set(CommandType) - {CommandType.TIMEOUT}
    for field in Command.model_fields:
        assert f'"{field}":'.encode() in message.value


def test_the_command_is_legal_and_recorded(desk: Desk, seat: TurnPlayer) -> None:
    seat.play(desk.open_turn("g1"))
    (command,) = desk.commands("g1")
    assert command.command_type == CommandType.SPEAK or (command.command_type, command.direction) in {
        (action.kind, action.direction) for action in legal_actions(table("g1").to_board())
    }
    (record,) = desk.records("g1")
    assert (record.turn_no, record.player_id, record.bot_id, record.brain) == (1, ME, "bot-0", "random")
    assert (record.command_type, record.direction) == (command.command_type, command.direction)
    assert (record.command_id, record.guide_version) == (command.command_id, "v1")
    assert 0 <= record.decision_ms <= record.event_to_command_ms


def test_the_record_says_on_which_table_the_turn_was_decided(desk: Desk, seat: TurnPlayer) -> None:
    shown = table("g1")
    turn = desk.open_turn("g1")
    desk.show(shown)
    seat.play(turn)
    (record,) = desk.records("g1")
    assert record.snapshot == shown.digest


def test_a_brain_that_gives_figures_of_any_kind_costs_neither_the_turn_nor_a_long_record(
    desk: Desk, seat: TurnPlayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = {"mood": "fine", "worry": float("nan"), **{f"{number}" * 30: number for number in range(1000)}}
    decide = RandomBrain.decide
    monkeypatch.setattr(RandomBrain, "decide", lambda self, *told: replace(decide(self, *told), figures=figures))
    turn = desk.open_turn("g1")
    assert seat.play(turn) == "ok"
    assert seat.play(turn) == "done"
    (record,) = desk.records("g1")
    assert len(record.model_dump_json()) < 2_000


def test_the_transcript_says_what_the_turn_was_decided_on(desk: Desk, seat: TurnPlayer) -> None:
    shown = table("g1")
    turn = desk.open_turn("g1")
    desk.show(shown)
    seat.play(turn)
    kept = desk.transcript(turn)
    assert kept is not None
    assert (kept.turn_no, kept.table, kept.seed) == (1, shown, turn_seed(binding("g1", 0), 1))
    assert (kept.bot_id, kept.profile, kept.recent) == ("bot-0", None, ())
    assert 0 < kept.seconds_left <= 15
    assert [(one.brain, one.outcome, one.exchanges) for one in kept.tries] == [("random", "ok", ())]


@pytest.mark.parametrize("told", ["nonsense", Exchange(7, b"", None, "long")])  # type: ignore[arg-type]
def test_a_brain_that_reports_nonsense_costs_neither_the_turn_nor_its_record(
    desk: Desk, seat: TurnPlayer, monkeypatch: pytest.MonkeyPatch, told: Any
) -> None:
    decide = RandomBrain.decide

    def telling(self: RandomBrain, situation: Situation, context: Context) -> Decision:
        context.report(told)
        return decide(self, situation, context)

    monkeypatch.setattr(RandomBrain, "decide", telling)
    turn = desk.open_turn("g1")
    assert seat.play(turn) == "ok"
    assert (len(desk.records("g1")), desk.transcript(turn)) == (1, None)


def test_a_turn_whose_transcript_cannot_be_stored_is_played_and_recorded(
    desk: Desk, seat: TurnPlayer, redis: Redis
) -> None:
    redis.set(desk.keys.transcripts("g1"), "not a hash")
    turn = desk.open_turn("g1")
    with pytest.raises(StateError, match="as published"):
        seat.play(turn)
    assert seat.play(turn) == "done"
    assert len(desk.messages("g1")) == len(desk.records("g1")) == 1


def test_a_turn_that_is_delivered_again_is_not_played_again(desk: Desk, seat: TurnPlayer) -> None:
    turn = desk.open_turn("g1")
    seat.play(turn)
    assert seat.play(turn) == "done"
    assert len(desk.messages("g1")) == 1
    assert len(desk.records("g1")) == 1


def test_a_turn_that_another_worker_holds_is_left_to_it(desk: Desk, seat: TurnPlayer, redis: Redis) -> None:
    turn = desk.open_turn("g1")
    Turns(redis, desk.keys, lease_seconds=60, history_ttl_seconds=60, confirm_seconds=3).claim(turn, "another")
    assert seat.play(turn) == "held"
    assert desk.messages("g1") == []


@pytest.mark.parametrize("status", [status for status in BindingStatus if status != BindingStatus.READY])
def test_a_bot_that_is_not_ready_says_nothing(desk: Desk, seat: TurnPlayer, status: BindingStatus) -> None:
    assert seat.play(desk.open_turn("g1", status=status)) == "not_ready"
    assert desk.messages("g1") == []


@pytest.mark.parametrize("turn", [TurnRef("g1", ME, 2), TurnRef("g1", OTHER, 1), TurnRef("g2", ME, 1)])
def test_a_turn_that_is_not_on_is_not_played(desk: Desk, seat: TurnPlayer, turn: TurnRef) -> None:
    desk.open_turn("g1")
    assert seat.play(turn) == "stale"
    assert desk.messages("g1") == []


def test_a_turn_that_has_run_out_is_not_played(desk: Desk, seat: TurnPlayer) -> None:
    turn = desk.open_turn("g1")
    desk.show(table("g1"), seconds=-1)
    assert seat.play(turn) == "stale"
    assert desk.messages("g1") == []


def test_a_decision_whose_worker_was_killed_before_sending_it_is_sent_by_another(
    desk: Desk, seat: TurnPlayer, redis: Redis
) -> None:
    turn = desk.open_turn("g1")
    killed = Turns(redis, desk.keys, lease_seconds=60, history_ttl_seconds=60, confirm_seconds=3)
    _, claim = killed.claim(turn, "killed")
    decided = Command(
        command_id=command_id(*turn),
        source=CommandSource.BOT,
        game_id="g1",
        player_id=ME,
        command_type=CommandType.SPEAK,
        direction=Direction.UP,
        speak_text="only the lost one would say this",
        turn_no=1,
        sent_at=table("g1").opened_at,
    )
    killed.decide(claim, decided)
    redis.hset(desk.keys.claim("g1"), "lease_until", 0)
    assert seat.play(turn) == Outcome.RECOVERED
    (sent,) = desk.messages("g1")
    assert sent.value == decided.to_json()
    assert [record.outcome for record in desk.records("g1")] == [Outcome.RECOVERED]


def test_a_claim_whose_worker_was_killed_before_deciding_is_decided_by_another(
    desk: Desk, seat: TurnPlayer, redis: Redis
) -> None:
    turn = desk.open_turn("g1")
    Turns(redis, desk.keys, lease_seconds=60, history_ttl_seconds=60, confirm_seconds=3).claim(turn, "killed")
    assert seat.play(turn) == "held"
    redis.hset(desk.keys.claim("g1"), "lease_until", 0)
    assert seat.play(turn) == "ok"
    assert len(desk.messages("g1")) == 1


def test_chance_in_a_turn_depends_on_seed_seat_and_turn_and_on_nothing_else() -> None:
    seeds = {
        turn_seed(binding("g1", seat, seed=seed), turn_no) for seat in (0, 1) for seed in (7, 8) for turn_no in (1, 2)
    }
    assert len(seeds) == 8
    assert turn_seed(binding("g1", 1), 5) == turn_seed(binding("g2", 1, bot_id="another", instance="i9"), 5)


@pytest.mark.parametrize("status", [status for status in BindingStatus if status != BindingStatus.READY])
def test_a_bot_that_is_not_ready_never_publishes_whatever_is_asked_of_it(
    desk: Desk, seat: TurnPlayer, redis: Redis, status: BindingStatus
) -> None:
    turn = desk.open_turn("g1", status=status)
    for _ in range(3):
        seat.play(turn)
        seat.play(turn._replace(turn_no=2))
        seat.play(turn._replace(player_id=OTHER))
    assert desk.messages("g1") == []
    assert desk.records("g1") == []


def test_a_brain_that_this_worker_does_not_have_costs_no_turn(desk: Desk, seat: TurnPlayer) -> None:
    assert seat.play(desk.open_turn("g1", brain="genius")) == "error"
    (command,) = desk.commands("g1")
    assert (command.command_type, command.direction) == (CommandType.SHIELD, Direction.UP)
    (record,) = desk.records("g1")
    assert (record.outcome, record.fallback) == ("error", "safe")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider(says="shoot right") as running:
        yield running


@pytest.fixture
def with_models(settings: Settings, provider: Provider, tmp_path: Path) -> Iterator[Settings]:
    """Settings by which bots can ask models, and `greedy` plays where that fails."""
    file = write_profiles(provider, tmp_path / "llm.yaml", saloon="text", sheriff="tool")
    changed = settings.model_copy(update={"llm_config_path": file, "fallback": "greedy"})
    yield changed
    brain = shared_brain(LLM, changed)
    assert isinstance(brain, LlmBrain)
    brain.close()


@pytest.fixture
def seat_with_models(with_models: Settings) -> Iterator[TurnPlayer]:
    made = TurnPlayer(State.of(with_models))
    yield made
    made.close()


@pytest.mark.parametrize("profile", ["saloon", "sheriff"])
def test_a_bot_asks_the_model_of_its_own_profile(
    desk: Desk, seat_with_models: TurnPlayer, provider: Provider, profile: str
) -> None:
    turn = desk.open_turn("g1", brain=LLM, profile=profile)
    assert seat_with_models.play(turn) == "ok"
    (command,) = desk.commands("g1")
    assert (command.command_type, command.direction) == (CommandType.SHOOT, Direction.RIGHT)
    assert provider.asked[0].json["model"] == f"{profile}-7b"
    (record,) = desk.records("g1")
    assert (record.fallback, record.figures["tokens_in"], record.figures["tokens_out"]) == (None, 900, 12)


def test_the_record_says_what_played_instead_of_a_model_that_failed(
    desk: Desk, seat_with_models: TurnPlayer, provider: Provider
) -> None:
    provider.behave("rate_limited")
    assert seat_with_models.play(desk.open_turn("g1", brain=LLM, profile="saloon")) == "provider_error"
    (record,) = desk.records("g1")
    assert (record.outcome, record.fallback) == ("provider_error", "greedy")
    assert record.reason == "it answered 429: slow down"


def test_the_record_and_the_transcript_have_a_servers_words_without_the_key(
    desk: Desk, seat_with_models: TurnPlayer, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.behave("word_for_word")
    provider.given = Given(f'{{"error": {{"message": "{KEY} may not ask\\u001b[2J"}}}}'.encode(), 403)
    turn = desk.open_turn("g1", brain=LLM, profile="saloon")
    seat_with_models.play(turn)
    (record,), transcript = desk.records("g1"), desk.transcript(turn)
    assert transcript is not None
    assert record.reason == transcript.tries[0].reason == "it answered 403: <key> may not ask[2J"
    assert "<key> may not ask" in str(transcript.tries[0].exchanges[0].answer)
    captured = capsys.readouterr()
    assert KEY not in record.model_dump_json() + transcript.model_dump_json() + captured.out + captured.err


def test_the_record_of_a_decision_that_was_repaired_has_no_reason(
    desk: Desk, seat_with_models: TurnPlayer, provider: Provider
) -> None:
    provider.behave("prose", "right")
    assert seat_with_models.play(desk.open_turn("g1", brain=LLM, profile="saloon")) == "repaired"
    (record,) = desk.records("g1")
    assert record.reason is None


def test_a_provider_that_keeps_failing_is_left_alone_by_all_workers(
    desk: Desk, with_models: Settings, provider: Provider
) -> None:
    provider.behave("garbage")
    workers = [TurnPlayer(State.of(with_models)), TurnPlayer(State.of(with_models))]
    try:
        for number in range(6):
            turn = desk.open_turn(f"g{number}", brain=LLM, profile="saloon")
            assert workers[number % 2].play(turn) == "provider_error"
    finally:
        for worker in workers:
            worker.close()
    assert len(provider.asked) == 3


def test_time_to_think_ends_with_the_hold_on_the_turn_however_long_the_brain_took_to_build(
    desk: Desk, settings: Settings, redis: Redis
) -> None:
    turn = desk.open_turn("g1")
    _, claim = Turns(redis, desk.keys, lease_seconds=30, history_ttl_seconds=60, confirm_seconds=3).claim(turn, "slow")
    assert claim is not None
    assert 0 < claim.seconds_held <= 30
    deciding = decider.Decider(State(settings, redis))
    played = deciding.think(claim._replace(held_until=time.monotonic() + 1))
    assert played is not None
    assert played.outcome == Outcome.LATE


def test_where_talk_is_by_the_games_speak_only_the_bot_that_has_the_word_speaks(
    desk: Desk, settings: Settings, redis: Redis
) -> None:
    turn = desk.open_turn("g1")
    own = settings.model_copy(update={"talk": "command"})
    state = State(own, redis)
    deciding = decider.Decider(state)
    state.talks.take("g1", Listed((ME,)))
    _, claim = state.turns.claim(turn, "worker")
    assert claim is not None
    may_speak = [played.situation.may_speak for played in [deciding.think(claim)] if played and played.situation]
    state.talks.take("g1", Silenced())
    may_speak += [played.situation.may_speak for played in [deciding.think(claim)] if played and played.situation]
    assert may_speak == [True, False]


@pytest.mark.parametrize(("rule", "urgency"), [("urgent", {ME: 3}), ("round_robin", {})])
def test_a_bot_says_with_its_move_how_much_it_wants_to_speak_and_is_asked_once_for_both(
    desk: Desk, with_models: Settings, provider: Provider, rule: str, urgency: dict[str, int]
) -> None:
    provider.says = "shoot right\nurgency: 3"
    state = State.of(with_models.model_copy(update={"talk": "table", "talk_rule": rule}))
    turn = desk.open_turn("g1", brain=LLM, profile="saloon")
    state.talks.take("g1", Listed((OTHER, ME)))
    player = TurnPlayer(state)
    assert player.play(turn) == "ok"
    player.close()
    state.talks.look("g1", lambda _: [])
    talk = state.talks.get("g1")
    assert talk is not None
    assert talk.urgency == urgency
    assert len(provider.asked) == 1


def test_a_model_has_the_time_of_the_lease_and_no_more(desk: Desk, with_models: Settings, provider: Provider) -> None:
    hasty = TurnPlayer(State.of(with_models.model_copy(update={"claim_lease_seconds": 3.0})))
    provider.behave("slow")
    try:
        assert hasty.play(desk.open_turn("g1", brain=LLM, profile="saloon")) == "timeout"
    finally:
        hasty.close()
        closing = shared_brain(LLM, hasty._settings)
        assert isinstance(closing, LlmBrain)
        closing.close()
    assert len(desk.commands("g1")) == 1


def test_keys_and_prompts_are_in_no_log_and_no_record(
    desk: Desk, seat_with_models: TurnPlayer, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.behave("server_error")
    seat_with_models.play(desk.open_turn("g1", brain=LLM, profile="saloon"))
    captured = capsys.readouterr()
    for text in (captured.out + captured.err, desk.records("g1")[0].model_dump_json()):
        assert KEY not in text
        assert "You are A" not in text


# -- what a bot remembers --------------------------------------------------------------------------------------------


def open_again(desk: Desk, turn: TurnRef, turn_no: int) -> TurnRef:
    """A later turn of the same bot."""
    desk.show(table(turn.game_id).model_copy(update={"turn_no": turn_no}))
    return turn._replace(turn_no=turn_no)


def test_two_workers_that_take_turns_share_a_bots_notes_and_counters(
    desk: Desk, with_models: Settings, provider: Provider, redis: Redis
) -> None:
    players = Players(redis, desk.keys)
    bot = binding("g1", 0)
    workers = [TurnPlayer(State.of(with_models)), TurnPlayer(State.of(with_models))]
    turn = desk.open_turn("g1", brain=LLM, profile="saloon")
    try:
        for number in range(4):
            provider.says = f"shield left\nnote: turn {number}"
            turn = open_again(desk, turn, 4 * number + 1)
            assert workers[number % 2].play(turn) == "ok"
            assert players.get(bot).notes == f"turn {number}"
            assert ('"turn ' in provider.asked[-1].prompt) == (number > 0)
            if number:
                assert f'\n"turn {number - 1}"\n' in provider.asked[-1].prompt
    finally:
        for worker in workers:
            worker._producer.close()
    remembered = players.get(bot)
    assert (remembered.turns, remembered.outcomes, remembered.speeches) == (4, {"ok": 4}, 0)


def test_a_bot_that_spoke_is_made_to_act_in_its_next_turns(
    desk: Desk, seat_with_models: TurnPlayer, provider: Provider
) -> None:
    provider.says = "speak Howdy."
    turn = desk.open_turn("g1", brain=LLM, profile="saloon")
    outcomes = [seat_with_models.play(open_again(desk, turn, 4 * number + 1)) for number in range(4)]
    assert outcomes == ["ok", "illegal", "illegal", "ok"]
    assert [command.command_type == CommandType.SPEAK for command in desk.commands("g1")] == [True, False, False, True]


def test_notes_of_a_decision_that_was_not_played_are_not_kept(
    desk: Desk, seat_with_models: TurnPlayer, provider: Provider, redis: Redis
) -> None:
    provider.says = "shoot up\nnote: of an illegal answer"
    assert seat_with_models.play(desk.open_turn("g1", brain=LLM, profile="saloon")) == "illegal"
    remembered = Players(redis, desk.keys).get(binding("g1", 0))
    assert (remembered.notes, remembered.fallbacks) == ("", 1)


def test_a_decision_that_comes_when_its_turn_is_over_is_not_sent_and_noted_as_stale(
    desk: Desk, seat_with_models: TurnPlayer, provider: Provider, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.says = "shield left\nnote: of a stale holder"
    turn = desk.open_turn("g1", brain=LLM, profile="saloon")
    before_deciding(monkeypatch, lambda: desk.show(table("g1").model_copy(update={"turn_no": 2})))
    assert seat_with_models.play(turn) == "stale"
    assert desk.messages("g1") == []
    (record,) = desk.records("g1")
    assert (record.turn_no, record.outcome, record.command_id, record.direction) == (
        1,
        Outcome.STALE,
        None,
        Direction.LEFT,
    )
    kept = desk.transcript(turn)
    assert kept is not None
    assert kept.tries[0].exchanges[0].answer == provider.says
    remembered = Players(redis, desk.keys).get(binding("g1", 0))
    assert (remembered.outcomes, remembered.notes) == ({Outcome.STALE: 1}, "")


def test_a_worker_whose_turn_somebody_else_has_played_meanwhile_notes_nothing(
    desk: Desk, seat_with_models: TurnPlayer, provider: Provider, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.says = "shield left\nnote: of a stale holder"
    turn = desk.open_turn("g1", brain=LLM, profile="saloon")
    before_deciding(monkeypatch, lambda: seat_with_models.rescue(turn))
    assert seat_with_models.play(turn) == "lost"
    assert [record.outcome for record in desk.records("g1")] == [Outcome.RESCUED]
    assert len(desk.messages("g1")) == 1
    remembered = Players(redis, desk.keys).get(binding("g1", 0))
    assert (remembered.outcomes, remembered.notes) == ({Outcome.RESCUED: 1}, "")


def before_deciding(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Once, when a worker has thought and not yet stored what it decided."""
    decide = Turns.decide

    def late(self: Turns, claim: Claim, command: Command) -> DecideStatus:
        monkeypatch.setattr(Turns, "decide", decide)
        happens()
        return decide(self, claim, command)

    monkeypatch.setattr(Turns, "decide", late)


def test_a_brain_that_never_speaks_costs_no_look_at_what_its_bot_remembers(
    desk: Desk, seat: TurnPlayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Players, "get", lambda *_: pytest.fail("looked up"))
    assert seat.play(desk.open_turn("g1")) == "ok"


def test_a_brain_that_wants_the_rules_is_told_them_as_its_bot_was_taught(
    desk: Desk, seat: TurnPlayer, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    decide = RandomBrain.decide

    def listen(self: RandomBrain, situation: Situation, context: Context) -> Decision:
        told.append(situation.rules)
        return decide(self, situation, context)

    monkeypatch.setattr(RandomBrain, "decide", listen)
    turn = desk.open_turn("g1")
    Players(redis, desk.keys).taught(binding("g1", 0), Guide(version="v1", rules="Shots bend."))
    seat.play(turn)
    monkeypatch.setattr(RandomBrain, "wants_rules", True)
    seat.play(open_again(desk, turn, 5))
    assert told == ["", "Shots bend."]


# -- what never leaves -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [CommandType.TIMEOUT, CommandType.GAME_STARTED])
def test_a_reserved_command_does_not_leave_even_if_the_guard_lets_it_through(
    desk: Desk, seat: TurnPlayer, monkeypatch: pytest.MonkeyPatch, kind: CommandType
) -> None:
    monkeypatch.setattr(decider, "decide_guarded", lambda *_: Guarded(Decision(Action(kind)), Outcome.OK))
    with pytest.raises(Unsendable):
        seat.play(desk.open_turn("g1"))
    assert desk.messages("g1") == []
    assert desk.records("g1") == []


DAMAGE = {
    "timeout": {"command_type": "timeout"},
    "game_started": {"command_type": "game_started"},
    "nobody's": {"player_id": None},
    "another player's": {"player_id": OTHER},
    "another turn's": {"turn_no": 7},
    "no turn's": {"turn_no": 0},
    "another game's": {"game_id": "g2"},
    "without an id": {"command_id": " "},
    "the timer's": {"source": "timer"},
    "without a direction": {"direction": None},
    "a speech without a text": {"command_type": "speak"},
    "a speech without an end": {"command_type": "speak", "speak_text": "x" * 141},
    "of a kind that nobody knows": {"command_type": "dance"},
    "without a turn": {"turn_no": None},
    "without any id": {"command_id": None},
}


def store_decision(desk: Desk, redis: Redis, turn: TurnRef, changes: dict[str, object]) -> None:
    """Leave a decision behind as a worker does that is killed before sending it, and damage it."""
    killed = Turns(redis, desk.keys, lease_seconds=0.001, history_ttl_seconds=60, confirm_seconds=3)
    _, claim = killed.claim(turn, "killed")
    assert claim is not None
    sound = command_for(turn, Action(CommandType.MOVE, Direction.DOWN), table("g1").opened_at)
    decision = sound.model_dump(mode="json") | changes
    redis.hset(desk.keys.claim(turn.game_id), mapping={"decision": json.dumps(decision), "state": "decided"})


@pytest.mark.parametrize("changes", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_decision_that_was_found_does_not_leave_and_costs_no_turn(
    desk: Desk, seat: TurnPlayer, redis: Redis, changes: dict[str, object]
) -> None:
    turn = desk.open_turn("g1")
    store_decision(desk, redis, turn, changes)
    assert wait_for(lambda: (outcome := seat.play(turn)) != "held" and outcome) == Outcome.RECOVERED
    (command,) = desk.commands("g1")
    assert (command.command_type, command.direction) == (CommandType.SHIELD, Direction.UP)
    assert (command.command_id, command.player_id, command.turn_no) == (command_id(*turn), ME, 1)
    (record,) = desk.records("g1")
    assert record.fallback == "safe"


def test_the_transcript_of_a_model_has_every_try_with_what_it_answered_and_cost(
    desk: Desk, seat_with_models: TurnPlayer, provider: Provider
) -> None:
    provider.behave("prose", "right")
    turn = desk.open_turn("g1", brain=LLM, profile="saloon")
    assert seat_with_models.play(turn) == "repaired"
    kept = desk.transcript(turn)
    assert kept is not None
    first, second = kept.tries
    assert (first.outcome, first.reason) == ("unparsable", "there was no command in the answer")
    assert (second.outcome, second.reason) == ("ok", None)
    (asked,) = first.exchanges
    assert (asked.model, asked.mode, asked.tokens_in, asked.tokens_out) == ("saloon-7b", "text", 900, 12)
    assert asked.answer == "Well, partner, that depends on the weather."
    assert [exchange.answer for exchange in second.exchanges] == ["shoot right"]
    assert 0 < asked.ms <= first.ms
    (record,) = desk.records("g1")
    assert (record.model, record.prompts) == ("saloon-7b", asked.prompts)


def test_a_provider_that_sends_the_key_back_gets_it_into_no_record(
    desk: Desk, seat_with_models: TurnPlayer, provider: Provider, redis: Redis
) -> None:
    provider.behave("echo")
    turn = desk.open_turn("g1", brain=LLM, profile="saloon")
    seat_with_models.play(turn)
    kept = desk.transcript(turn)
    assert kept is not None
    assert "Bearer <key>" in kept.model_dump_json()
    assert KEY not in kept.model_dump_json() + desk.records("g1")[0].model_dump_json()
