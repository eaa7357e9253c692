"""A model of the turn's states that tries to break them: three workers and two keepers, a real Redis, any order.

What a machine can do to them is played by hand: a pause longer than a lease (the lease is over when its holder goes
on), a crash (the holder never comes back), a delay (any step of anybody may come between any two of another's), a
reader that is behind, Redis that forgets its scripts, a bot that is taught anew, paused, or whose game is forgotten.
The backend is a model, too: it applies the first command of the open turn whose id it has not seen.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from cowboy.game.identity import command_id
from cowboy.game.outcomes import ClaimState, ClaimStatus, DecideStatus, Role
from cowboy.game.wire.messages import Command
from cowboy.game.words import Direction
from cowboy.settings import Settings
from cowboy.state.bindings import Binding, BindingStatus, Pause
from cowboy.state.client import Redis
from cowboy.state.due import Due
from cowboy.state.games import AssignedGame, Games
from cowboy.state.keys import Keys
from cowboy.state.records import Records
from cowboy.state.tables import Tables, Update
from cowboy.state.turns import Claim, TurnRef, Turns
from tests.tables import IDS, a_command, a_record, binding, table

pytestmark = pytest.mark.integration

GAME, ME = "g1", IDS[0]
WORKERS, KEEPERS = ("w1", "w2", "w3"), ("k1", "k2")

workers = st.sampled_from(WORKERS)
everybody = st.sampled_from(WORKERS + KEEPERS)
directions = st.sampled_from(Direction)
meddling = st.sampled_from(
    [
        "the_scripts_are_forgotten",
        "a_reader_that_is_behind_stores_what_it_knows",
        "the_open_turn_is_read_again",
        *["the_time_is_over_and_the_turn_stands"] * 2,
        "the_bot_is_to_be_taught_anew",
        "the_bot_is_to_be_taught_something_else",
        *["the_bot_acknowledges"] * 3,
        "the_bot_is_paused",
        *["the_bot_is_resumed"] * 2,
        "the_game_is_forgotten",
        *["the_game_is_assigned"] * 2,
    ]
)


@dataclass
class Actor:
    """What somebody believes: the claim it holds, and the command it may send."""

    role: Role = Role.WORKER
    claim: Claim | None = None
    may_send: tuple[TurnRef, Command] | None = None
    sent: tuple[TurnRef, Command] | None = None


@dataclass
class World:
    """The truth: what stands on the input topic, and what the backend made of it."""

    turn_no: int = 1
    topic: list[Command] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    applied: dict[int, str] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)
    is_overtime: bool = False
    fences: list[int] = field(default_factory=list)


class TurnMachine(RuleBasedStateMachine):
    """One seat's turns, one after the other."""

    client: Redis
    configured: Settings

    def __init__(self) -> None:
        super().__init__()
        for key in self.client.scan_iter(f"{self.configured.key_prefix}*"):
            self.client.delete(key)
        self.keys = Keys(self.configured.key_prefix)
        self.turns = Turns(self.client, self.keys, lease_seconds=600, history_ttl_seconds=600, confirm_seconds=3)
        self.tables = Tables(self.client, self.keys, 0, patience_seconds=2, rescue_seconds=1)
        self.games = Games(self.client, self.keys, 600)
        self.due = Due(self.client, self.keys)
        self.actors = {name: Actor() for name in WORKERS + KEEPERS}
        self.bot: Binding = binding(GAME, 0, acknowledged="v1")
        self.world = World()
        self.assigned = True
        self.seat()
        self.show()

    # -- the world --------------------------------------------------------------------------------------------------

    def seat(self) -> None:
        self.games.assign(AssignedGame(game_id=GAME, turn_timeout_seconds=600), [self.bot])

    def show(self, *used_up_by: str, turn_no: int | None = None) -> tuple[bool, ClaimState | None]:
        shown = table(GAME).model_copy(update={"turn_no": turn_no or self.world.turn_no})
        deadline = datetime.now(UTC) + timedelta(seconds=600)
        accepted, _, closed = self.tables.store([Update(shown, deadline, (), used_up_by)])[0]
        return accepted, closed

    @property
    def turn(self) -> TurnRef:
        return TurnRef(GAME, ME, self.world.turn_no)

    def process(self) -> None:
        """The backend reads its topic: one command a turn, each id once."""
        for command in self.world.topic:
            if command.command_id in self.world.seen:
                continue
            self.world.seen.add(command.command_id)
            if command.turn_no == self.world.turn_no and command.turn_no not in self.world.applied:
                self.world.applied[command.turn_no] = command.command_id

    @rule()
    def the_next_turn_begins(self) -> None:
        """By a command that was applied, or else by the clock."""
        self.process()
        used_up_by = self.world.applied.get(self.world.turn_no, f"timeout {self.world.turn_no}")
        self.world.turn_no += 1
        self.world.is_overtime = False
        if self.assigned:
            accepted, closed = self.show(used_up_by)
            assert accepted
            assert closed in {None, ClaimState.EXPIRED if used_up_by.startswith("timeout") else ClaimState.CONFIRMED}

    @rule()
    def the_lease_runs_out(self) -> None:
        if self.client.exists(self.keys.claim(GAME)):
            self.client.hset(self.keys.claim(GAME), "lease_until", 1)

    @rule(what=meddling)
    def something_happens(self, what: str) -> None:
        getattr(self, what)()

    def the_scripts_are_forgotten(self) -> None:
        self.client.script_flush()

    def a_reader_that_is_behind_stores_what_it_knows(self) -> None:
        if self.assigned and self.world.turn_no > 1:
            assert self.show("x", turn_no=self.world.turn_no - 1) == (False, None)

    def the_open_turn_is_read_again(self) -> None:
        if self.assigned:
            assert self.show() == (True, None)
            self.world.is_overtime = False

    def the_time_is_over_and_the_turn_stands(self) -> None:
        """As after an outage over the deadline: no event says that it ran out. Its holder's lease is over as well."""
        if self.assigned:
            self.client.hset(self.keys.table(GAME), mapping={"deadline_ms": 1, "rescue_ms": 1})
            self.the_lease_runs_out()
            self.world.is_overtime = True

    def the_bot_is_to_be_taught_anew(self) -> None:
        self.change(status=BindingStatus.TEACHING, lesson=self.bot.lesson + 1)

    def the_bot_is_to_be_taught_something_else(self) -> None:
        version = {"v1": "v2", "v2": "v1"}[self.bot.game_guide_version]
        self.change(status=BindingStatus.TEACHING, lesson=self.bot.lesson + 1, game_guide_version=version)

    def the_bot_acknowledges(self) -> None:
        self.change(status=BindingStatus.READY, acknowledged=self.bot.game_guide_version)

    def the_bot_is_paused(self) -> None:
        self.change(pauses=(Pause.BOT,))

    def the_bot_is_resumed(self) -> None:
        self.change(pauses=())

    def the_game_is_forgotten(self) -> None:
        self.games.forget(GAME)
        self.assigned = False

    def the_game_is_assigned(self) -> None:
        """In another turn: in the same one, the backend's memory of ids is all that is left."""
        if not self.assigned:
            self.world.turn_no += 1
            self.world.is_overtime = False
            self.seat()
            self.show()
            self.assigned = True

    def change(self, **changes: object) -> None:
        self.bot = self.bot.with_changes(**changes)
        if self.assigned:
            self.seat()

    # -- workers and keepers ----------------------------------------------------------------------------------------

    @rule(name=everybody, direction=directions)
    def somebody_goes_on(self, name: str, direction: Direction) -> None:
        self.go_on(name, direction)

    @rule(name=workers, direction=directions)
    def a_worker_goes_on(self, name: str, direction: Direction) -> None:
        self.go_on(name, direction)

    @rule(name=everybody)
    def somebody_crashes(self, name: str) -> None:
        self.actors[name] = Actor()

    @rule(name=st.sampled_from(KEEPERS))
    def a_keeper_repeats_a_command_without_effect(self, name: str) -> None:
        published = self.turns.decision(self.turn)
        again = self.turns.again(self.turn, published) if published is not None else None
        if again is not None:
            assert self.world.turn_no not in self.world.repeated, "a turn had a third attempt"
            assert published in self.world.topic
            self.world.repeated.add(self.world.turn_no)
            self.actors[name] = Actor(may_send=(self.turn, again))

    def go_on(self, name: str, direction: Direction) -> None:
        """The next step of one process. Steps of others may come before its following one."""
        actor = self.actors[name]
        if actor.sent is not None:
            turn, command = actor.sent
            self.turns.publish(turn, command, a_record(turn.turn_no).model_dump_json())
            actor.sent = None
        elif actor.may_send is not None:
            self.world.topic.append(actor.may_send[1])
            actor.sent = actor.may_send
            actor.may_send = actor.claim = None
        elif actor.claim is not None:
            self.decide(actor, actor.claim, direction)
        else:
            self.claim(name)

    def claim(self, name: str) -> None:
        role = Role.WORKER
        if name in KEEPERS:
            role = Role.LATE_KEEPER if self.world.is_overtime else Role.KEEPER
        status, claim = self.turns.claim(self.turn, name, role)
        if claim is None:
            return
        assert self.assigned
        assert role == Role.LATE_KEEPER or not self.world.is_overtime, "a worker was let in after the turn's time"
        self.check_gate(role)
        assert all(claim.fence > fence for fence in self.world.fences)
        self.world.fences.append(claim.fence)
        self.actors[name] = Actor(role, claim)
        if status == ClaimStatus.RECOVERED:
            assert claim.decision is not None
            self.actors[name].may_send = self.turn, claim.decision

    def decide(self, actor: Actor, claim: Claim, direction: Direction) -> None:
        command = a_command(claim.turn, direction)
        if self.turns.decide(claim, command) != DecideStatus.DECIDED:
            actor.claim = None
            return
        assert claim.turn == self.turn, "a decision was taken for a turn that is over"
        assert claim.fence == self.world.fences[-1], "a holder with an old fence decided"
        self.check_gate(actor.role)
        actor.may_send = claim.turn, command

    def check_gate(self, role: Role) -> None:
        assert not self.bot.pauses
        if role != Role.WORKER:
            assert self.bot.acknowledged == self.bot.game_guide_version
        else:
            assert self.bot.status == BindingStatus.READY

    # -- what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def an_id_stands_for_one_command(self) -> None:
        commands: dict[str, bytes] = {}
        for command in self.world.topic:
            assert commands.setdefault(command.command_id, command.to_json()) == command.to_json()

    @invariant()
    def a_turn_has_one_id_and_a_second_only_after_the_first_had_no_effect(self) -> None:
        for turn_no in {command.turn_no for command in self.world.topic}:
            ids = {command.command_id for command in self.world.topic if command.turn_no == turn_no}
            allowed = {command_id(GAME, ME, turn_no, attempt) for attempt in (0, 1)}
            assert ids <= allowed
            assert len(ids) == 1 or turn_no in self.world.repeated

    @invariant()
    def a_turn_is_recorded_once(self) -> None:
        recorded = [record.turn_no for record in Records(self.client, self.keys).of_game(GAME)]
        assert len(recorded) == len(set(recorded))

    @invariant()
    def an_open_turn_without_its_command_is_due(self) -> None:
        if not self.assigned:
            return
        state, turn_no = self.client.hmget(self.keys.claim(GAME), ["state", "turn_no"])
        is_done = turn_no == str(self.world.turn_no) and state in {"published", "confirmed", "expired"}
        assert is_done or self.client.zscore(self.keys.due, GAME) is not None


def test_no_order_of_events_gives_a_turn_two_commands(settings: Settings, redis: Redis) -> None:
    machine = type("Machine", (TurnMachine,), {"client": redis, "configured": settings})
    run_state_machine_as_test(
        machine,
        settings=effort(
            max_examples=200, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
