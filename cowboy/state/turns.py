"""Turn claims: who may act in a turn, and what was decided (promise 1 of the design).

    (nothing) ── claim ──► claimed ── decide ──► decided ── publish ──► published
                  ▲           │ lease over          │ lease over
                  └───────────┴─────────────────────┘  a new claim, with a higher fence

Each arrow is one Lua script in `scripts/`. A game has one open turn at a time, so the claim of its latest turn is all
that is kept. The decision is stored before it is sent: whoever recovers the turn
publishes the same command under the same id. A holder with an old fence is refused.
"""

import time
from enum import StrEnum
from typing import NamedTuple

from cowboy.game.turns import Table
from cowboy.game.wire.messages import Command
from cowboy.state.bindings import Binding
from cowboy.state.client import Redis, script, state_errors
from cowboy.state.keys import Keys

TTL_AFTER_DEADLINE_MS = 3_600_000
"""A turn's claim outlives the turn by this much, so that late redeliveries still meet it."""

RECORDS_KEPT = 5_000
"""Per game; a game of a thousand turns fits several times."""


class ClaimStatus(StrEnum):
    """Answers of `claim.lua`."""

    CLAIMED = "claimed"
    RECOVERED = "recovered"
    HELD = "held"
    DONE = "done"
    STALE = "stale"
    NOT_READY = "not_ready"
    PAUSED = "paused"


class DecideStatus(StrEnum):
    """Answers of `decide.lua`."""

    DECIDED = "decided"
    LOST = "lost"
    STALE = "stale"
    NOT_READY = "not_ready"
    PAUSED = "paused"


class TurnRef(NamedTuple):
    """Names one turn of one seat."""

    game_id: str
    player_id: str
    turn_no: int


class Claim(NamedTuple):
    """The right to act in a turn. `decision` is set when a lost holder had decided already.

    `deadline` is when the turn runs out, on this process's monotonic clock: Redis said how long that is from now, so
    that no two machines' clocks are compared.
    """

    turn: TurnRef
    fence: int
    table: Table
    binding: Binding
    decision: Command | None
    deadline: float

    @property
    def seconds_left(self) -> float:
        """Time until the turn runs out; negative when it is over."""
        return self.deadline - time.monotonic()


class Turns:
    """All turn claims."""

    def __init__(self, client: Redis, keys: Keys, *, lease_seconds: float, history_ttl_seconds: int) -> None:
        self._redis = client
        self._keys = keys
        self._lease_ms = int(lease_seconds * 1000)
        self._history_ttl_ms = history_ttl_seconds * 1000
        self._claim = script(client, "claim")
        self._decide = script(client, "decide")
        self._publish = script(client, "publish")

    def claim(self, turn: TurnRef, holder: str) -> tuple[ClaimStatus, Claim | None]:
        """Try to become the one who acts. The claim comes with all that is needed to decide, in one round trip."""
        with state_errors(f"claiming turn {turn.turn_no} of game {turn.game_id}"):
            status, fence, decision, table, binding, left_ms = self._claim(
                keys=self._scope(turn),
                args=[holder, turn.turn_no, turn.player_id, self._lease_ms, TTL_AFTER_DEADLINE_MS],
            )
        if not table:
            return ClaimStatus(status), None
        claim = Claim(
            turn,
            int(fence),
            Table.model_validate_json(table),
            Binding.model_validate_json(binding),
            Command.model_validate_json(decision) if decision else None,
            time.monotonic() + int(left_ms) / 1000,
        )
        return ClaimStatus(status), claim

    def decide(self, claim: Claim, command: Command) -> DecideStatus:
        """Store the decision. Only after `DECIDED` may it be sent."""
        turn = claim.turn
        with state_errors(f"storing the decision for turn {turn.turn_no} of game {turn.game_id}"):
            answer = self._decide(
                keys=self._scope(turn),
                args=[claim.fence, turn.turn_no, turn.player_id, command.model_dump_json()],
            )
        return DecideStatus(answer)

    def publish(self, claim: Claim, record: str) -> bool:
        """Note that the command stands on the input topic; False if another holder had noted it before."""
        turn = claim.turn
        with state_errors(f"noting turn {turn.turn_no} of game {turn.game_id} as published"):
            answer = self._publish(
                keys=[self._keys.claim(turn.game_id), self._keys.records(turn.game_id)],
                args=[turn.turn_no, record, RECORDS_KEPT, self._history_ttl_ms],
            )
        return bool(answer)

    def _scope(self, turn: TurnRef) -> list[str]:
        keys = self._keys
        return [keys.claim(turn.game_id), keys.table(turn.game_id), keys.bindings(turn.game_id)]
