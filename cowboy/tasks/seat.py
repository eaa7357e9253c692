"""Playing a turn on a bot's seat: claim, decide, store, send, note. The order is promise 1 of the design."""

import functools
import os
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple

import structlog
from structlog.contextvars import bound_contextvars
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from cowboy.brains.brain import Brain, Situation
from cowboy.brains.figures import kept_figures
from cowboy.brains.guard import Outcome, decide_guarded
from cowboy.brains.registry import shared_brain
from cowboy.brains.safe import SAFE, safe_action
from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.errors import BusError, CallerError, OperatorError
from cowboy.game.identity import command_id
from cowboy.game.rules import Action
from cowboy.game.wire.messages import Command
from cowboy.game.words import CommandSource
from cowboy.settings import Settings, settings
from cowboy.state.bindings import Binding
from cowboy.state.client import connect
from cowboy.state.keys import Keys
from cowboy.state.providers import Providers
from cowboy.state.records import TurnRecord
from cowboy.state.tables import Tables
from cowboy.state.turns import Claim, DecideStatus, TurnRef, Turns

log = structlog.get_logger(__name__)

RECOVERED = "recovered"
"""Outcome of a turn whose decision was found, made by a worker that was lost."""
LATE = "late"
"""Outcome of a turn that was begun when no time to think was left: the safe default."""
SKIPPED = "skipped"
"""What is said of such a turn if it is to run out instead (`COWBOY_LATE_TURNS`)."""


class Played(NamedTuple):
    """What becomes of a turn, and how it came about."""

    command: Command
    outcome: str
    decision_ms: float = 0.0
    figures: Mapping[str, float] = {}
    fallback: str | None = None


class Seat:
    """What one worker process needs to play turns. Thread-safe; one per process."""

    def __init__(self, configured: Settings) -> None:
        client = connect(configured)
        keys = Keys(configured.key_prefix)
        self._settings = configured
        self._turns = Turns(
            client,
            keys,
            lease_seconds=configured.claim_lease_seconds,
            history_ttl_seconds=configured.history_ttl_seconds,
        )
        self._tables = Tables(client, keys, configured.recent_events)
        self._providers = Providers(client, keys)
        self._topics = TopicNames.of(configured)
        self._producer = Producer(configured)
        self._holder = f"{socket.gethostname()}:{os.getpid()}"

    def play(self, turn: TurnRef) -> str:
        """Have one command published for `turn`, or learn why it is not for us to do. Raises `WorldError`."""
        with bound_contextvars(**turn._asdict()):
            status, claim = self._turns.claim(turn, self._holder)
            if claim is None:
                log.info("turn_not_claimed", status=status)
                return status
            bot = claim.binding
            with bound_contextvars(bot_id=bot.bot_id, instance=bot.instance, command_id=command_id(*turn)):
                return self._act(claim)

    def _act(self, claim: Claim) -> str:
        if claim.decision is not None:
            played = Played(claim.decision, RECOVERED)
        else:
            thought = self._think(claim)
            if thought is None:
                log.info("turn_skipped")
                return SKIPPED
            played = thought
            stored = self._turns.decide(claim, played.command)
            if stored != DecideStatus.DECIDED:
                log.info("decision_dropped", status=stored)
                return stored
        self._send(claim, played.command)
        self._note(claim, played)
        return played.outcome

    def _think(self, claim: Claim) -> Played | None:
        """The brain's decision; without time to think the safe default, or None if the turn is to run out then.

        A brain that this worker cannot build, because its package is missing here, say, does not cost the turn either.
        """
        turn = claim.turn
        # When the lease is over another worker may decide the turn, and what is decided here then counts for nothing.
        time_to_act = min(claim.seconds_left, self._settings.claim_lease_seconds)
        seconds_left = time_to_act - self._settings.publish_margin_ms / 1000
        if seconds_left <= 0:
            return None if self._settings.late_turns == "skip" else _safely(claim, LATE)
        try:
            brain, fallback = shared_brain(claim.binding.brain, self._settings), self._fallback()
        except (CallerError, OperatorError) as error:
            log.error("brain_missing", brain=claim.binding.brain, reason=str(error))  # noqa: TRY400  # it says it all
            return _safely(claim, Outcome.ERROR)
        situation = Situation(
            table=claim.table,
            seconds_left=seconds_left,
            seed=turn_seed(claim.binding, turn.turn_no),
            recent=self._tables.recent(turn.game_id) if brain.wants_recent else (),
            profile=claim.binding.profile,
            bot_id=claim.binding.bot_id,
            rests=self._providers,
        )
        started = time.monotonic()
        guarded = decide_guarded(brain, situation, fallback)
        decision_ms = (time.monotonic() - started) * 1000
        command = command_for(turn, guarded.decision.action, datetime.now(UTC))
        return Played(command, guarded.outcome, decision_ms, guarded.decision.figures, guarded.fallback)

    def _fallback(self) -> Brain | None:
        name = self._settings.fallback
        return None if name == SAFE else shared_brain(name, self._settings)

    def _send(self, claim: Claim, command: Command) -> None:
        """Until the broker has it or the turn is over. Sending twice is harmless: the id is the same."""
        topic = self._topics.input_of(claim.turn.game_id)
        for attempt in Retrying(
            retry=retry_if_exception_type(BusError),
            stop=stop_after_delay(max(0.0, claim.seconds_left)),
            wait=wait_random_exponential(multiplier=0.1, max=1),
            reraise=True,
        ):
            with attempt:
                self._producer.send(topic, command.command_id, command.to_json()).wait()

    def _note(self, claim: Claim, played: Played) -> None:
        event_to_command_ms = (time.time() - claim.table.opened_at.timestamp()) * 1000
        record = TurnRecord(
            turn_no=claim.turn.turn_no,
            player_id=claim.turn.player_id,
            player_name=claim.binding.player_name,
            bot_id=claim.binding.bot_id,
            instance=claim.binding.instance,
            brain=claim.binding.brain,
            outcome=played.outcome,
            fallback=played.fallback,
            command_type=played.command.command_type,
            direction=played.command.direction,
            decision_ms=round(played.decision_ms, 3),
            event_to_command_ms=round(event_to_command_ms, 3),
            figures=kept_figures(played.figures),
            command_id=played.command.command_id,
            snapshot=claim.table.digest,
            guide_version=claim.binding.game_guide_version,
        )
        self._turns.publish(claim, record.model_dump_json())
        log.debug("command_published", outcome=played.outcome)


def _safely(claim: Claim, outcome: str) -> Played:
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


@functools.cache
def seat() -> Seat:
    """This process's own. Built at the first turn: nothing is connected at import, nor before a fork."""
    return Seat(settings())
