"""What a worker makes of a turn that it holds: the command that its bot plays, and how that came about."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple

import structlog

from cowboy.brains.brain import Brain, Situation
from cowboy.brains.guard import Outcome, decide_guarded
from cowboy.brains.registry import shared_brain
from cowboy.brains.safe import SAFE, safe_action
from cowboy.errors import CallerError, OperatorError
from cowboy.game.identity import command_id
from cowboy.game.rules import Action
from cowboy.game.wire.messages import Command
from cowboy.game.words import CommandSource
from cowboy.settings import Settings
from cowboy.state.bindings import Binding
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from cowboy.state.providers import Providers
from cowboy.state.tables import Tables
from cowboy.state.turns import Claim, TurnRef

log = structlog.get_logger(__name__)

LATE = "late"
"""Outcome of a turn that was begun when no time to think was left: the safe default."""


class Played(NamedTuple):
    """What becomes of a turn, and how it came about."""

    command: Command
    outcome: str
    decision_ms: float = 0.0
    figures: Mapping[str, float] = {}
    fallback: str | None = None


class Thinker:
    """Has the brains of a worker's bots think. Thread-safe; one per process."""

    def __init__(self, settings: Settings, client: Redis) -> None:
        keys = Keys(settings.key_prefix)
        self._settings = settings
        self._tables = Tables(client, keys, settings.recent_events)
        self._providers = Providers(client, keys, settings.history_ttl_seconds)

    def think(self, claim: Claim) -> Played | None:
        """The brain's decision; without time to think the safe default, or None if the turn is to run out then.

        A brain that this worker cannot build, because its package is missing here, say, does not cost the turn either.
        """
        turn = claim.turn
        # When the lease is over another worker may decide the turn, and what is decided here then counts for nothing.
        time_to_act = min(claim.seconds_left, self._settings.claim_lease_seconds)
        seconds_left = time_to_act - self._settings.publish_margin_ms / 1000
        if seconds_left <= 0:
            return None if self._settings.late_turns == "skip" else safely(claim, LATE)
        try:
            brain, fallback = shared_brain(claim.binding.brain, self._settings), self._fallback()
        except (CallerError, OperatorError) as error:
            log.error("brain_missing", brain=claim.binding.brain, reason=str(error))  # noqa: TRY400  # it says it all
            return safely(claim, Outcome.ERROR)
        situation = Situation(
            table=claim.table,
            seconds_left=seconds_left,
            seed=turn_seed(claim.binding, turn.turn_no),
            recent=self._tables.recent(turn.game_id) if brain.wants_recent else (),
            profile=claim.binding.profile,
            bot_id=claim.binding.bot_id,
            providers=self._providers,
        )
        started = time.monotonic()
        guarded = decide_guarded(brain, situation, fallback)
        decision_ms = (time.monotonic() - started) * 1000
        command = command_for(turn, guarded.decision.action, datetime.now(UTC))
        return Played(command, guarded.outcome, decision_ms, guarded.decision.figures, guarded.fallback)

    def _fallback(self) -> Brain | None:
        name = self._settings.fallback
        return None if name == SAFE else shared_brain(name, self._settings)


def safely(claim: Claim, outcome: str) -> Played:
    """The safe default, which is legal in every state."""
    action = safe_action(claim.table.to_board())
    return Played(command_for(claim.turn, action, datetime.now(UTC)), outcome, fallback=SAFE)


def command_for(turn: TurnRef, action: Action, sent_at: datetime) -> Command:
    """A bot's action in a turn, as it is sent."""
    return Command(
        command_id=command_id(turn.game_id, turn.player_id, turn.turn_no),
        source=CommandSource.BOT,
        game_id=turn.game_id,
        player_id=turn.player_id,
        command_type=action.kind,
        direction=action.direction,
        speak_text=action.text,
        turn_no=turn.turn_no,
        sent_at=sent_at,
    )


def turn_seed(binding: Binding, turn_no: int) -> int:
    """The seed of all chance in one turn of one bot: fixed by the binding's seed, the seat and the turn."""
    return Random(f"{binding.seed}/{binding.player_name}/{turn_no}").getrandbits(63)  # noqa: S311  # no secret
