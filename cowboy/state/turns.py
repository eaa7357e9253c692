"""Turn claims: who may act in a turn, and what was decided (docs/architecture.md#one-command-per-turn).

    open_turn ──► (nothing) ── claim_turn ──► claimed ── store_decision ──► decided ── note_published ──► published
                                   ▲             │ lease over                 │ ▲ lease over                │ │
                                   └─────────────┴────────────────────────────┘ └────── repeat_decision ────┘ │
                                            a new claim, with a higher fence           confirmed ◄── open_turn ┘
                                                                       (anything else) ── open_turn ──► expired

Each arrow is one Lua script in `scripts/`; `open_turn` stores the next table (`cowboy.state.tables`).
A game has one open turn at a time, so only the claim of its latest turn is kept. The decision is stored before it is
sent: a worker that recovers the turn publishes the same command under the same id. A holder with an old fence is
refused.
"""

import time
from datetime import UTC, datetime
from typing import NamedTuple

import structlog
from pydantic import ValidationError

from cowboy.errors.validation import first_fault
from cowboy.game.identity import command_id
from cowboy.game.outcomes import ClaimStatus, DecideStatus, Role
from cowboy.game.turns import Table
from cowboy.game.wire.messages import Command
from cowboy.process.milliseconds import milliseconds
from cowboy.state.bindings import Binding
from cowboy.state.client import Call, Redis, call_all, script, state_errors
from cowboy.state.keys import Keys

log = structlog.get_logger(__name__)

TTL_AFTER_DEADLINE_MS = 3_600_000
"""A turn's claim is kept for this long after the turn, so that a late redelivery still finds it."""

KEEPER_LEASE_MS = 1_000
"""The lease of a keeper is short: it does not think, it only sends."""

RECORDS_KEPT = 5_000
"""The most records of a game; a game of a thousand turns fits several times."""


class TurnRef(NamedTuple):
    """Names one turn of one seat."""

    game_id: str
    player_id: str
    turn_no: int


class Claim(NamedTuple):
    """The right to act in a turn. `is_decided` if a lost holder had decided already; `decision` is its decision, or
    None if it cannot be read.

    `deadline` is when the turn runs out, `held_until` when another may take it over, both on this process's monotonic
    clock: Redis said how long that is from now, so that no two machines' clocks are compared. `total_seconds` is how
    long the turn takes from its beginning to its deadline. For a late keeper the deadline is the end of its lease.
    `clock_ahead` is by how many seconds Redis's clock is ahead of the monotonic one.
    """

    turn: TurnRef
    fence: int
    table: Table
    binding: Binding
    is_decided: bool
    decision: Command | None
    deadline: float
    held_until: float
    total_seconds: float
    clock_ahead: float

    @property
    def now(self) -> datetime:
        """What Redis's clock shows now."""
        return datetime.fromtimestamp(time.monotonic() + self.clock_ahead, UTC)

    @property
    def seconds_left(self) -> float:
        """Time until the turn runs out; negative when it is over."""
        return self.deadline - time.monotonic()

    @property
    def seconds_held(self) -> float:
        """Time until another may decide the turn. A later decision of this holder is refused."""
        return self.held_until - time.monotonic()


class Turns:
    """All turn claims."""

    def __init__(
        self, client: Redis, keys: Keys, *, lease_seconds: float, history_ttl_seconds: int, confirm_seconds: float
    ) -> None:
        self._redis = client
        self._keys = keys
        self._lease_ms = milliseconds(lease_seconds)
        self._history_ttl_ms = history_ttl_seconds * 1000
        self._confirm_ms = milliseconds(confirm_seconds)
        self._claim_turn = script(client, "claim_turn")
        self._store_decision = script(client, "store_decision")
        self._note_published = script(client, "note_published")
        self._note_stale = script(client, "note_stale")
        self._repeat_decision = script(client, "repeat_decision")

    def claim(self, turn: TurnRef, holder: str, role: Role = Role.WORKER) -> tuple[ClaimStatus, Claim | None]:
        """Try to claim a turn. The claim comes with everything that is needed to decide, in one round trip."""
        lease_ms = self._lease_ms if role == Role.WORKER else KEEPER_LEASE_MS
        asked = time.monotonic()
        with state_errors(f"claiming turn {turn.turn_no} of game {turn.game_id}"):
            status, fence, decision, table, binding, left_ms, total_ms, now_ms = self._claim_turn(
                keys=[*self._scope(turn), self._keys.due],
                args=[holder, turn.turn_no, turn.player_id, lease_ms, TTL_AFTER_DEADLINE_MS, turn.game_id, role],
            )
        if not table:
            return ClaimStatus(status), None
        claim = Claim(
            turn,
            int(fence),
            Table.model_validate_json(table),
            Binding.model_validate_json(binding),
            bool(decision),
            _decided(decision),
            asked + int(left_ms) / 1000,
            asked + lease_ms / 1000,
            int(total_ms) / 1000,
            int(now_ms) / 1000 - asked,
        )
        return ClaimStatus(status), claim

    def decide(self, claim: Claim, command: Command) -> DecideStatus:
        """Store the decision. Only after `DECIDED` may it be sent."""
        turn, rider = claim.turn, claim.binding.character
        with state_errors(f"storing the decision for turn {turn.turn_no} of game {turn.game_id}"):
            answer = self._store_decision(
                keys=[*self._scope(turn), *([self._keys.character(rider.name.lower())] if rider else [])],
                args=[
                    *(claim.fence, turn.turn_no, turn.player_id, command.model_dump_json(), command.command_id),
                    *([rider.holder] if rider else []),
                ],
            )
        return DecideStatus(answer)

    def publish(self, turn: TurnRef, command: Command, record: str, *more: Call) -> bool:
        """Note that the command stands on the input topic; False if that had been noted before.

        `more` is what else there is to note, made in the same round trip.
        """
        note = Call(
            self._note_published,
            keys=[
                self._keys.claim(turn.game_id),
                self._keys.records(turn.game_id),
                self._keys.table(turn.game_id),
                self._keys.due,
            ],
            args=[
                turn.turn_no,
                command.command_id,
                turn.game_id,
                self._confirm_ms,
                record,
                RECORDS_KEPT,
                self._history_ttl_ms,
            ],
        )
        with state_errors(f"noting turn {turn.turn_no} of game {turn.game_id} as published"):
            return bool(call_all(self._redis, [note, *more])[0])

    def drop(self, turn: TurnRef, record: str, *more: Call) -> bool:
        """Keep the record of a decision that was not stored, if its turn is over and nobody has played it.

        `more` is what else there is to note then.
        """
        with state_errors(f"noting that turn {turn.turn_no} of game {turn.game_id} was decided too late"):
            kept = self._note_stale(
                keys=[self._keys.claim(turn.game_id), self._keys.records(turn.game_id), self._keys.table(turn.game_id)],
                args=[turn.turn_no, record, RECORDS_KEPT, self._history_ttl_ms],
            )
            if kept:
                call_all(self._redis, more)
        return bool(kept)

    def again(self, turn: TurnRef, published: Command) -> Command | None:
        """The published command under the id of its second attempt, to be sent now; None if it must not be sent. For a
        command that had no effect: the caller has made sure that the turn still stands.
        """
        command = published.model_copy(update={"command_id": command_id(*turn, attempt=1)})
        with state_errors(f"beginning turn {turn.turn_no} of game {turn.game_id} again"):
            begun = self._repeat_decision(
                keys=[self._keys.claim(turn.game_id), self._keys.table(turn.game_id), self._keys.due],
                args=[
                    turn.turn_no,
                    published.command_id,
                    command.model_dump_json(),
                    command.command_id,
                    KEEPER_LEASE_MS,
                    turn.game_id,
                ],
            )
        return command if begun else None

    def decision(self, turn: TurnRef) -> Command | None:
        """The decision of this turn; None if there is none, or none that can be read."""
        with state_errors(f"reading the decision of turn {turn.turn_no} of game {turn.game_id}"):
            turn_no, decision = self._redis.hmget(self._keys.claim(turn.game_id), ["turn_no", "decision"])
        return _decided(str(decision or "")) if turn_no == str(turn.turn_no) else None

    def _scope(self, turn: TurnRef) -> list[str]:
        keys = self._keys
        return [keys.claim(turn.game_id), keys.table(turn.game_id), keys.bindings(turn.game_id)]


def _decided(stored: str) -> Command | None:
    """Another version may have stored what this one does not know."""
    if not stored:
        return None
    try:
        return Command.model_validate_json(stored)
    except ValidationError as error:
        log.error("decision_unreadable", reason=first_fault(error))  # noqa: TRY400  # a traceback would quote it
        return None
